"""Reviews: the mutation by which a person decides one."""

from typing import Final

import strawberry

from ciclo.actions import reviews as actions
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.lifecycle.payments.reviews import ReviewDecision as DomainDecision
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import ReviewDecision
from graphql_schema.types.event import Event

_BY_A_PERSON: Final = frozenset(DomainDecision) - {DomainDecision.CAUSE_GONE}


@strawberry.input(description="Decide what becomes of an event that a person has to look at.")
class ResolveReviewInput:
    """A decision."""

    event_id: strawberry.ID
    decision: ReviewDecision
    invoice_id: strawberry.ID | None = strawberry.field(
        default=None, description="With APPLY: what the money pays; of any subscription in its currency."
    )
    subscription_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="With BALANCE: whose customer has the money now; the event's own by default.",
    )
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ResolveReviewPayload:
    """What resolveReview came to."""

    event: Event | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ReviewMutations:
    """Deciding reviews."""

    @mutation(
        Operator,
        description=(
            "Close a review, once: APPLY its money to an invoice, put it on a BALANCE, REFUND it (a refund"
            " that failed is sent once more; money that no payment of ours holds goes back by hand, at the"
            " provider), or CLOSE it."
        ),
    )
    async def resolve_review(self, info: Info, input: ResolveReviewInput) -> ResolveReviewPayload:  # noqa: A002
        """Resolve a review."""
        context = info.context
        if input.decision not in _BY_A_PERSON:
            raise InvalidValue("nobody decides this: it happens", field=("decision",))
        choice = actions.ReviewChoice(
            decision=input.decision,
            invoice_id=input.invoice_id,
            subscription_id=input.subscription_id,
            reason=input.reason,
        )
        record = await actions.resolve_review(
            context.deps,
            input.event_id,
            choice,
            caller=await context.caller(),
            by=context.actor,
            request=request_of(info, input),
        )
        return ResolveReviewPayload(event=Event.of(record))
