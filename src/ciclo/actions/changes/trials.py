"""Moving the end of a trial, which only operators may ask for."""

from datetime import date

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.subscriptions import get_subscription
from ciclo.domain.events.commands import TrialEndRequested, TrialExtended
from ciclo.domain.free_text import validate_reason
from ciclo.domain.subscription import Subscription
from ciclo.store.idempotency import IdempotentRequest


async def extend_trial(
    deps: Deps,
    subscription_id: str,
    *,
    until: date,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Let a trial last until *until*, the first day that is billed.

    Raises:
        SubscriptionNotFound, NotInTrial, TrialEndTooEarly, InvalidValue: see `lifecycle.trial`.
    """
    payload = TrialExtended(until=until, reason=validate_reason(reason))
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def end_trial(
    deps: Deps,
    subscription_id: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """End a trial now: its first period is billed.

    Raises:
        SubscriptionNotFound, NotInTrial, NoPaymentMethod, InvalidValue: see `lifecycle.trial`.
    """
    payload = TrialEndRequested(reason=validate_reason(reason))
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    return await run_command(deps, subscription, payload, caller=caller, request=request)
