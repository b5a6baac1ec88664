"""Pausing a subscription, and resuming one."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.commands import foresee_subscription, preview_command
from ciclo.actions.self_service.debts import require_no_debt
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent, apply_due_events, balance_key
from ciclo.domain.events.commands import SubscriptionPaused, SubscriptionResumed
from ciclo.domain.free_text import validate_reason
from ciclo.domain.invoice import Line
from ciclo.domain.period import start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.idempotency import IdempotentRequest

PREVIEWED_EVENTS_MAX: Final = 24
"""What falls due of one subscription within a day, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePreview:
    """What a pause would come to: `given_back` minor units onto the balance, for the days of `lines`."""

    stops_on: date
    resumes_on: date | None
    lines: tuple[Line, ...]
    given_back: int
    currency: str


async def pause_subscription(
    deps: Deps,
    subscription_id: str,
    pause: SubscriptionPaused,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Stop service and credit the unused days, or stop it at the end of the period.

    The day on which a customer asks for it has been served: it stops when that is over (rule 39).

    Raises:
        SubscriptionNotFound: it is not there.
        AlreadyPaused, SubscriptionNotActive, CancellationScheduled: only an active one that is to go on
            can be paused.
        InvoiceUnpaid: an invoice of it is open.
        InvalidValue: the reason is too long, or holds what no reason needs; or the pause is too long.
        DateInPast: it is to go on before it has stopped.
    """
    pause = replace(pause, reason=validate_reason(pause.reason), serves_today=not caller.is_admin)
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    return await run_command(deps, subscription, pause, caller=caller, request=request)


async def preview_pause(
    deps: Deps, subscription_id: str, pause: SubscriptionPaused, *, caller: Caller
) -> PausePreview:
    """Return what a pause would come to: if it begins tomorrow, with what happens as that day begins.

    Raises:
        BillingError: whatever the pause itself would be refused for.
    """
    pause = replace(pause, serves_today=not caller.is_admin)
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    at = await deps.clock.now()
    event = command_event(pause, subscription_id=subscription.id, caller=caller, at=at)
    asked = await preview_command(deps, event)
    entries = [asked, *_until_it_begins(asked.decision.account, deps.policy)]
    sub = asked.decision.account.subscription
    lines = tuple(line for entry in entries for line in entry.decision.unused_lines)
    return PausePreview(
        stops_on=sub.pauses_on or sub.paused_on or sub.period.end,
        resumes_on=sub.resume_on,
        lines=lines,
        given_back=-sum(line.total for line in lines),
        currency=sub.terms.currency,
    )


def _until_it_begins(account: Account, policy: Policy) -> list[AppliedEvent]:
    """Let the clock go on to the day on which the pause begins, where that is not the end of the period."""
    sub = account.subscription
    if sub.pause_on is None:
        return []
    balances = {balance_key(sub): account.balance}
    until = start_of_day(sub.pause_on, policy.timezone)
    return apply_due_events(account, balances, policy, until=until, events_max=PREVIEWED_EVENTS_MAX)


async def resume_subscription(
    deps: Deps,
    subscription_id: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Start service again, billed from today.

    Raises:
        SubscriptionNotFound, NotPaused: it is not there, or is not paused.
        InvoiceUnpaid: a customer owes an invoice that is past due.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    payload = SubscriptionResumed(reason=validate_reason(reason))
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    foreseen = await foresee_subscription(deps, subscription, at=await deps.clock.now())
    if foreseen.status is Status.PAUSED:
        await require_no_debt(deps, subscription.customer_id, caller=caller)
    return await run_command(deps, subscription, payload, caller=caller, request=request)
