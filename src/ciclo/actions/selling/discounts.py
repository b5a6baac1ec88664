"""Giving a running subscription a discount by a code, and taking one away."""

from functools import partial

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.commands import apply_command, foresee_subscription
from ciclo.actions.selling.redemptions import Redeemer, redeem_code
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.errors.coupons import DiscountNotFound
from ciclo.domain.events.selling import DiscountApplied, DiscountRemoved
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import DiscountId
from ciclo.domain.subscription import Subscription
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside


async def apply_coupon(
    deps: Deps,
    subscription_id: str,
    code: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Redeem a code for a subscription: its next invoice is the first one with the discount.

    Raises:
        SubscriptionNotFound: it is not there.
        BillingError: see `redemptions.redeem_code` and `lifecycle.changes.discounts`.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)

    async def act(answer_for: AnswerFor) -> Subscription:
        at = await deps.clock.now()
        foreseen = await foresee_subscription(deps, subscription, at=at)
        redeemer = Redeemer(caller, foreseen.customer_id, foreseen.id, foreseen.terms, at)
        redeemed = await redeem_code(deps, code, redeemer)
        payload = DiscountApplied(discount=redeemed.discount, reason=reason)
        event = command_event(payload, subscription_id=subscription.id, caller=caller, at=at)
        beside = Beside(answer=answer_for(subscription.id), redemption=redeemed.redemption)
        entry = await apply_command(deps, event, beside=beside)
        return entry.decision.account.subscription

    return await run_once(deps, request, act, find=partial(get_subscription, deps, owner=caller.owner))


async def remove_discount(
    deps: Deps,
    subscription_id: str,
    discount_id: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Take a discount away: from the next invoice on it is not on any.

    Raises:
        SubscriptionNotFound, DiscountNotFound, AlreadyCancelled: there is none to take away.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    reason = validate_reason(reason)
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    if not discount_id.startswith("dsc_"):
        raise DiscountNotFound
    payload = DiscountRemoved(discount_id=DiscountId(discount_id), reason=reason)
    return await run_command(deps, subscription, payload, caller=caller, request=request)
