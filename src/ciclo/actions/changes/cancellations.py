"""Cancelling a subscription or withdrawing from it, and what that gives back."""

from dataclasses import dataclass, replace

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.commands import foresee_subscription, preview_command
from ciclo.actions.refund_limits import refund_limits_of
from ciclo.actions.selling.items import ItemDraft, item_of
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.errors.general import BillingError, Forbidden
from ciclo.domain.events.commands import CancellationRefund, CancellationRequested, WithdrawalRequested
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.lines.item import InvoiceItem, validate_item
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.subscription import Subscription
from ciclo.permissions import Permission
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.payments import payments_of_subscription
from ciclo.store.subscriptions import has_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationChoice:
    """A cancellation as it is asked for."""

    subscription_id: str
    immediately: bool = False
    refund: CancellationRefund = CancellationRefund.NONE
    reason: str | None = None
    penalty: ItemDraft | None = None
    """What is billed for it, once it has ended."""


async def cancel_subscription(
    deps: Deps, choice: CancellationChoice, *, caller: Caller, request: IdempotentRequest | None = None
) -> Subscription:
    """Cancel at the end of the period, or now. Asking again for what is scheduled changes nothing.

    Raises:
        SubscriptionNotFound, AlreadyCancelled: it is not there, or has ended.
        Forbidden: a customer asks for unused days back, and the seller does not let customers.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    subscription = await get_subscription(deps, choice.subscription_id, owner=caller.owner)
    payload = await _cancellation_event(deps, choice, subscription, caller=caller)
    subscription = await foresee_subscription(deps, subscription, at=await deps.clock.now())
    is_scheduled = subscription.is_live and subscription.cancel_at_period_end
    if is_scheduled and not choice.immediately and choice.penalty is None:
        return subscription
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def preview_cancellation(deps: Deps, choice: CancellationChoice, *, caller: Caller) -> AppliedEvent:
    """Return what a cancellation would come to.

    Raises:
        BillingError: whatever the cancellation itself would be refused for.
    """
    subscription = await get_subscription(deps, choice.subscription_id, owner=caller.owner)
    payload = await _cancellation_event(deps, choice, subscription, caller=caller)
    return await _preview(deps, payload, subscription.id, caller=caller)


async def withdraw_subscription(
    deps: Deps,
    subscription_id: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """End a contract at once, some days after its first payment: all that was paid for it goes back.

    Raises:
        SubscriptionNotFound, AlreadyCancelled, WithdrawalClosed, InvalidValue: see `changes.withdrawal`.
    """
    why = validate_reason(reason)
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    payload = replace(await _withdrawal_event(deps, subscription), reason=why)
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def preview_withdrawal(deps: Deps, subscription_id: str, *, caller: Caller) -> AppliedEvent:
    """Return what a withdrawal would come to.

    Raises:
        BillingError: whatever the withdrawal itself would be refused for.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    payload = await _withdrawal_event(deps, subscription)
    return await _preview(deps, payload, subscription.id, caller=caller)


async def _preview(
    deps: Deps,
    payload: CancellationRequested | WithdrawalRequested,
    subscription_id: SubscriptionId,
    *,
    caller: Caller,
) -> AppliedEvent:
    at = await deps.clock.now()
    return await preview_command(
        deps, command_event(payload, subscription_id=subscription_id, caller=caller, at=at)
    )


async def _cancellation_event(
    deps: Deps, choice: CancellationChoice, subscription: Subscription, *, caller: Caller
) -> CancellationRequested:
    """Return the cancellation that is asked for: what gives money back is the operator's (rules 15, 39).

    Raises:
        Forbidden: a customer asks for it, and the seller does not let customers; or states a fee.
        InvalidValue: see `free_text.validate_reason`.
        CurrencyMismatch, InvalidValue, AmountOutOfRange: the fee is none.
    """
    if choice.refund is not CancellationRefund.NONE and not _may_give_back(deps, caller):
        raise Forbidden("only operators who may refund give unused days back", field=("refund",))
    goes_back = choice.refund is CancellationRefund.REFUND
    return CancellationRequested(
        immediately=choice.immediately,
        reason=validate_reason(choice.reason),
        refund=choice.refund,
        limits=await _find_limits(deps, subscription.id) if goes_back else RefundLimits(),
        keeps_served=not caller.is_admin,
        penalty=_penalty(deps, choice.penalty, subscription, caller=caller),
    )


def _penalty(
    deps: Deps, draft: ItemDraft | None, subscription: Subscription, *, caller: Caller
) -> InvoiceItem | None:
    if draft is None:
        return None
    if not (caller.is_admin and caller.viewer.may(Permission.INVOICES_WRITE)):
        raise Forbidden("only operators who may bill state a fee", field=("penalty",))
    try:
        return validate_item(item_of(deps, draft, subscription.terms.currency))
    except BillingError as error:
        raise error.at("penalty", *error.field) from None


def _may_give_back(deps: Deps, caller: Caller) -> bool:
    """Return whether *caller* may have unused days given back."""
    if caller.is_admin:
        return caller.viewer.may(Permission.REFUNDS_WRITE)
    return deps.settings.customers_get_days_back


async def _withdrawal_event(deps: Deps, subscription: Subscription) -> WithdrawalRequested:
    """Return the withdrawal that is asked for; of a second contract the days served stay paid (rule 39).

    It is the later one that was paid for after the first one had ended: one may wait to be paid for long.
    """
    begun_at = subscription.first_paid_at or subscription.created_at
    withdrew = await has_withdrawn(deps.store, subscription.customer_id, by=begun_at, but=subscription.id)
    return WithdrawalRequested(limits=await _find_limits(deps, subscription.id), keeps_served=withdrew)


async def _find_limits(deps: Deps, subscription_id: SubscriptionId) -> RefundLimits:
    """Return what the providers of a subscription's payments can't send back."""
    return refund_limits_of(deps, await payments_of_subscription(deps.store, subscription_id))
