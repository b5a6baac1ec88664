"""Changing what is used: the mutations that a seller's app calls when its users do something."""

from datetime import date, timedelta
from typing import Self

import strawberry

from ciclo.actions.dependencies import generate_id
from ciclo.actions.entitlements.decisions import name_entitled
from ciclo.actions.entitlements.reading import Check
from ciclo.actions.entitlements.tally import UsageAnswer, UsageRequest
from ciclo.domain.entitlements.usage import (
    RESERVED_S_MAX,
    CancelReservation,
    CommitReservation,
    Consume,
    Release,
    Reservation,
    ReservationId,
    Reserve,
    SetUsage,
    UsageChange,
)
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import parse_id
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, KeyedInput, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.entitlements.entitlement import CustomerRef
from graphql_schema.types.enums import EntitlementReason
from graphql_schema.types.plan import Plan

_KEY_REQUIRED = "Of your choice. A repeat within a day gets the same answer, and nothing is counted twice."


@strawberry.input(description="Something of a feature that a customer begins to use, or uses no more.")
class ConsumeInput:
    """How much of what."""

    customer: CustomerRef
    feature: str
    quantity: int = 1
    idempotency_key: str = strawberry.field(description=_KEY_REQUIRED)


@strawberry.input(description="How much a customer uses of a feature, as the app counts it.")
class SetUsageInput:
    """A gauge."""

    customer: CustomerRef
    feature: str
    used: int
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Something to hold while work is under way; it comes free by itself.")
class ReserveInput:
    """How much of what, for how long."""

    customer: CustomerRef
    feature: str
    quantity: int = 1
    expires_in_seconds: int = 60
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class CommitReservationInput:
    """What was used of a reservation."""

    reservation_id: strawberry.ID
    used: int | None = strawberry.field(
        default=None, description="By default all of it; what is not used comes free."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class CancelReservationInput:
    """Which reservation is not needed."""

    reservation_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What a change of what is used came to.")
class UsagePayload:
    """An answer."""

    allowed: bool = strawberry.field(default=False, description="Whether it was done.")
    reason: EntitlementReason | None = None
    limit: int | None = strawberry.field(default=None, description="Null: there is none.")
    used: int | None = None
    reserved: int | None = None
    remaining: int | None = strawberry.field(default=None, description="Null: there is no limit.")
    over_limit: int | None = None
    resets_on: date | None = None
    reservation_id: strawberry.ID | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)
    answer: strawberry.Private[UsageAnswer | None] = None
    quantity: strawberry.Private[int] = 1

    @strawberry.field(description="The cheapest plans that would allow it, where it was not done.")
    async def upgrades(self, info: Info) -> list[Plan]:
        """Find them, as of now."""
        if self.answer is None or self.allowed:
            return []
        meter = info.context.meter
        check = Check(
            customer_id=self.answer.customer_id, feature=self.answer.feature, quantity=self.quantity
        )
        checked = await meter.check(check)
        found = await meter.reader.upgrades(checked.entitlements, checked.entitlement, self.quantity)
        return [Plan.of(plan) for plan in found]

    @classmethod
    def of(cls, answer: UsageAnswer, *, quantity: int = 1) -> Self:
        """Return an answer as the API shows it."""
        return cls(
            allowed=answer.allowed,
            reason=EntitlementReason(answer.reason),
            limit=answer.limit,
            used=answer.used,
            reserved=answer.reserved,
            remaining=answer.remaining,
            over_limit=answer.over_limit,
            resets_on=date.fromisoformat(answer.resets_on) if answer.resets_on else None,
            reservation_id=strawberry.ID(answer.reservation_id) if answer.reservation_id else None,
            answer=answer,
            quantity=quantity,
        )


@strawberry.type
class UsageMutations:
    """Using, releasing, reserving."""

    @mutation(Operator, description="Use more of a feature, if there is as much left.")
    async def consume(self, info: Info, input: ConsumeInput) -> UsagePayload:  # noqa: A002
        """Consume."""
        answer = await _change(info, input, Consume(quantity=input.quantity))
        return UsagePayload.of(answer, quantity=input.quantity)

    @mutation(Operator, description="Use less of a feature; what is released can be used again.")
    async def release(self, info: Info, input: ConsumeInput) -> UsagePayload:  # noqa: A002
        """Release."""
        return UsagePayload.of(await _change(info, input, Release(quantity=input.quantity)))

    @mutation(
        Operator,
        description="Say how much of a feature is used: a fact, which may be more than the limit.",
    )
    async def set_usage(self, info: Info, input: SetUsageInput) -> UsagePayload:  # noqa: A002
        """Set what is used."""
        return UsagePayload.of(await _change(info, input, SetUsage(used=input.used)))

    @mutation(Operator, description="Hold something for work under way, if there is as much left.")
    async def reserve(self, info: Info, input: ReserveInput) -> UsagePayload:  # noqa: A002
        """Reserve."""
        seconds = input.expires_in_seconds
        if not 1 <= seconds <= RESERVED_S_MAX:
            raise InvalidValue(f"between 1 and {RESERVED_S_MAX} seconds", field=("expires_in_seconds",))
        now = info.context.deps.wall()
        reservation = Reservation(
            id=ReservationId(generate_id("rsv", now)),
            quantity=input.quantity,
            expires_at=now + timedelta(seconds=seconds),
        )
        answer = await _change(info, input, Reserve(reservation=reservation))
        return UsagePayload.of(answer, quantity=input.quantity)

    @mutation(Operator, description="Use what was reserved, or a part of it.")
    async def commit_reservation(self, info: Info, input: CommitReservationInput) -> UsagePayload:  # noqa: A002
        """Commit a reservation."""
        change = CommitReservation(reservation_id=_reservation(input.reservation_id), used=input.used)
        return UsagePayload.of(await _end(info, input, change))

    @mutation(Operator, description="Let what was reserved come free.")
    async def cancel_reservation(self, info: Info, input: CancelReservationInput) -> UsagePayload:  # noqa: A002
        """Cancel a reservation."""
        change = CancelReservation(reservation_id=_reservation(input.reservation_id))
        return UsagePayload.of(await _end(info, input, change))


async def _change(
    info: Info, input_: ConsumeInput | SetUsageInput | ReserveInput, change: UsageChange
) -> UsageAnswer:
    context = info.context
    customer_id = await name_entitled(
        context.deps,
        customer_id=input_.customer.id or None,
        email=input_.customer.email or None,
        external_id=input_.customer.external_id or None,
        caller=await context.caller(),
    )
    return await context.meter.change(
        UsageRequest(
            change=change,
            customer_id=customer_id,
            feature=input_.feature,
            request=request_of(info, input_),
        )
    )


async def _end(info: Info, input_: KeyedInput, change: UsageChange) -> UsageAnswer:
    return await info.context.meter.change(UsageRequest(change=change, request=request_of(info, input_)))


def _reservation(text: str) -> ReservationId:
    return ReservationId(parse_id("rsv", text))
