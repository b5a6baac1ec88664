"""Moving the day on which periods begin, which only operators may ask for."""

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.commands import preview_command
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.events.commands import BillingDayChanged
from ciclo.domain.forecast import BillingDayPreview, foresee_billing_day
from ciclo.domain.subscription import Subscription
from ciclo.store.idempotency import IdempotentRequest


async def change_billing_day(
    deps: Deps, subscription_id: str, day: int, *, caller: Caller, request: IdempotentRequest | None = None
) -> Subscription:
    """Begin periods on another day of the month, once the present one is over.

    Raises:
        SubscriptionNotFound: it is not there.
        BillingError: see `lifecycle.changes.billing_day`.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    return await run_command(deps, subscription, BillingDayChanged(day=day), caller=caller, request=request)


async def preview_billing_day_change(
    deps: Deps, subscription_id: str, day: int, *, caller: Caller
) -> BillingDayPreview:
    """Return what would be billed from the end of the present period on.

    Raises:
        BillingError: whatever the change itself would be refused for.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    at = await deps.clock.now()
    event = command_event(BillingDayChanged(day=day), subscription_id=subscription.id, caller=caller, at=at)
    entry = await preview_command(deps, event)
    return foresee_billing_day(entry.decision.account, deps.policy, now=at)
