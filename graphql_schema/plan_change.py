"""Plan changes: the change itself, and its preview to the cent."""

from datetime import date

import strawberry

from ciclo.actions import changes
from ciclo.domain.subscription import Subscription
from graphql_schema.context import Info, SignedIn
from graphql_schema.enums import ChangeTiming, SubscriptionStatus
from graphql_schema.errors import mutation
from graphql_schema.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.invoice_line import InvoiceLine
from graphql_schema.money import Money, money
from graphql_schema.subscription import BillingSubscription
from graphql_schema.subscription_payload import SubscriptionPayload


@strawberry.input(
    description="Another plan, version or quantity. Without timing: an upgrade now, a downgrade "
    "at the end of the period."
)
class ChangePlanInput:
    """A change."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    quantity: int | None = strawberry.field(default=None, description="As it is by default.")
    timing: ChangeTiming | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="The same as a change, without its key.")
class PreviewPlanChangeInput:
    """A change to look at."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    quantity: int | None = None
    timing: ChangeTiming | None = None


@strawberry.type
class ChangePlanPayload(SubscriptionPayload):
    """What changePlan came to."""


@strawberry.type(description="What a change would bill now, to the cent.")
class PlanChangePreview:
    """A preview."""

    lines: list[InvoiceLine]
    subtotal: Money
    credit_applied: Money
    total_due_now: Money
    takes_effect_on: date
    next_billing_date: date | None
    next_amount: Money = strawberry.field(description="Of the next full period.")
    status: SubscriptionStatus = strawberry.field(description="After the change.")


@strawberry.type
class PlanChangeQueries:
    """Looking at changes before they are made."""

    @strawberry.field(
        permission_classes=[SignedIn], description="What changePlan would do, without doing it."
    )
    async def preview_plan_change(self, info: Info, input: PreviewPlanChangeInput) -> PlanChangePreview:  # noqa: A002
        """Preview a change."""
        context = info.context
        preview = await changes.preview_plan_change(
            context.deps, _choice(input), caller=await context.caller()
        )
        return _preview(preview, today=context.today)


@strawberry.type
class PlanChangeMutations:
    """Changing plans."""

    @mutation(SignedIn, description="Change plan, version or quantity.")
    async def change_plan(self, info: Info, input: ChangePlanInput) -> ChangePlanPayload:  # noqa: A002
        """Change a plan."""
        context = info.context
        request = request_of(info, input)
        changed = await changes.change_plan(
            context.deps, _choice(input), caller=await context.caller(), request=request
        )
        return ChangePlanPayload(subscription=BillingSubscription.of(changed))


def _choice(input_: ChangePlanInput | PreviewPlanChangeInput) -> changes.PlanChoice:
    return changes.PlanChoice(
        subscription_id=input_.subscription_id,
        plan_id=input_.plan_id,
        quantity=input_.quantity,
        timing=input_.timing,
    )


def _preview(preview: changes.Preview, *, today: date) -> PlanChangePreview:
    """Return what the decision would bill: the one invoice that it issues, if it does."""
    before, after = preview.before, preview.decision.account
    sub: Subscription = after.subscription
    currency = sub.terms.currency
    issued = next((one for id_, one in after.invoices.items() if id_ not in before.invoices), None)
    next_terms = sub.pending_change or sub.terms
    return PlanChangePreview(
        lines=[InvoiceLine.of(line, currency) for line in issued.lines] if issued else [],
        subtotal=money(issued.subtotal if issued else 0, currency),
        credit_applied=money(issued.credit_applied if issued else 0, currency),
        total_due_now=money(issued.total if issued else 0, currency),
        takes_effect_on=sub.period.end if sub.pending_change else today,
        next_billing_date=sub.next_billing_date,
        next_amount=money(next_terms.price, currency),
        status=sub.status,
    )
