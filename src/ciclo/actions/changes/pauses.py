"""Pausing a subscription, and resuming one."""

from dataclasses import replace

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.commands import foresee_subscription
from ciclo.actions.self_service.debts import require_no_debt
from ciclo.actions.subscriptions import get_subscription
from ciclo.domain.events.commands import SubscriptionPaused, SubscriptionResumed
from ciclo.domain.free_text import validate_reason
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.idempotency import IdempotentRequest


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


async def resume_subscription(
    deps: Deps, subscription_id: str, *, caller: Caller, request: IdempotentRequest | None = None
) -> Subscription:
    """Start service again, billed from today.

    Raises:
        SubscriptionNotFound, NotPaused: it is not there, or is not paused.
        InvoiceUnpaid: a customer owes an invoice that is past due.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    foreseen = await foresee_subscription(deps, subscription, at=await deps.clock.now())
    if foreseen.status is Status.PAUSED:
        await require_no_debt(deps, subscription.customer_id, caller=caller)
    return await run_command(deps, subscription, SubscriptionResumed(), caller=caller, request=request)
