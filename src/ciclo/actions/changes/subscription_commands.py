"""What a subscription's owner may change, and the preview of a change of plan."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from ciclo.actions.access.second_person import require_small_refunds
from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.payment_methods import MethodChoice, keep_method
from ciclo.actions.plans import get_plan, require_offer
from ciclo.actions.processing.commands import apply_command, foresee_subscription, preview_command
from ciclo.actions.self_service.debts import require_no_debt
from ciclo.actions.self_service.declines import charges_card, try_card
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent, apply_due_events, balance_key
from ciclo.domain.collection import Collection
from ciclo.domain.errors.general import Forbidden
from ciclo.domain.errors.subscriptions import AlreadySubscribed, SubscriptionNotFound
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    CollectionChanged,
    Command,
    PaymentMethodUpdated,
    PlanChanged,
    Proration,
)
from ciclo.domain.free_text import validate_reason
from ciclo.domain.payment import MethodKind
from ciclo.domain.plan import is_upgrade, same_offer, terms_of
from ciclo.domain.subscription import Subscription
from ciclo.store.customers import find_customer
from ciclo.store.idempotency import Answer, IdempotentRequest
from ciclo.store.invoices import open_invoices_of_subscription
from ciclo.store.ledger.beside import Beside
from ciclo.store.subscriptions import has_plan_elsewhere

TRUSTING: Final = frozenset({Proration.NEXT_INVOICE, Proration.NONE})
"""Prorations by which what costs more takes effect before anything of it is paid."""

CHARGED_TOGETHER_MAX: Final = 24
"""Unpaid invoices of a subscription whose tries a new method counts for: more than its schedule lets come."""

DUE_AT_ONCE_MAX: Final = 24
"""Events that a change may make due in its own instant: more than there are kinds of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoice:
    """A change of plan or quantity; what is None stays, or is decided by the rules."""

    subscription_id: str
    plan_id: str
    quantity: int | None = None
    timing: ChangeTiming | None = None
    proration: Proration = Proration.NOW
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do: the account before, and with all that happens in that instant."""

    before: Account
    after: Account


async def preview_plan_change(deps: Deps, choice: PlanChoice, *, caller: Caller) -> Preview:
    """Return what a plan change comes to without committing it: the two agree to the cent.

    What the change makes due in the same instant is part of it.

    Raises:
        BillingError: whatever the change itself would be refused for.
    """
    at = await deps.clock.now()
    subscription = await get_subscription(deps, choice.subscription_id, owner=caller.owner)
    subscription = await foresee_subscription(deps, subscription, at=at)
    payload = await _plan_change_event(deps, choice, subscription, caller=caller)
    await _require_change_open(deps, subscription, payload, caller=caller)
    event = command_event(payload, subscription_id=subscription.id, caller=caller, at=at)
    entry = await preview_command(deps, event)
    changed = entry.decision.account
    balances = {balance_key(changed.subscription): changed.balance}
    due = apply_due_events(changed, balances, deps.policy, until=at, events_max=DUE_AT_ONCE_MAX)
    return Preview(before=entry.before, after=due[-1].decision.account if due else changed)


async def change_plan(
    deps: Deps, choice: PlanChoice, *, caller: Caller, request: IdempotentRequest | None = None
) -> Subscription:
    """Change plan or quantity, now or at the end of the period.

    Raises:
        BillingError: see `lifecycle.plan_change.on_plan_changed`; also PlanNotFound, PlanArchived,
            AlreadySubscribed, InvoiceUnpaid, TooManyDeclines, Forbidden, InvalidValue.
    """
    subscription = await get_subscription(deps, choice.subscription_id, owner=caller.owner)

    async def act(answer_for: AnswerFor) -> Subscription:
        foreseen = await foresee_subscription(deps, subscription, at=await deps.clock.now())
        payload = await _plan_change_event(deps, choice, foreseen, caller=caller)
        await _require_change_open(deps, foreseen, payload, caller=caller)
        kind = _charged_at_once(foreseen, payload)
        async with try_card(deps, subscription.id, caller=caller, kind=kind) as tried:
            entry = await _apply(
                deps, subscription, payload, caller=caller, answer=answer_for(subscription.id)
            )
            tried.is_charged = charges_card(entry)
        return entry.decision.account.subscription

    return await run_once(deps, request, act, find=partial(get_subscription, deps, owner=caller.owner))


def _charged_at_once(subscription: Subscription, change: PlanChanged) -> MethodKind | None:
    """Return what a change charges at once if it costs more: a card that declines may be tried again so."""
    is_later = change.timing is ChangeTiming.PERIOD_END
    return subscription.method.kind if subscription.method and not is_later else None


async def update_payment_method(
    deps: Deps,
    subscription_id: str,
    choice: MethodChoice,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Pay by another method from now on.

    Raises:
        TooManyDeclines: cards of the customer were declined too often.
        CardInvalid, CardDeclined, MethodNotSupported, PayerIncomplete, ProviderUnavailable: it can't be kept.
        SubscriptionNotFound, AlreadyCancelled: it is not there, or has ended.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    customer = await find_customer(deps.store, subscription.customer_id)
    if customer is None:
        raise SubscriptionNotFound
    currency = subscription.terms.currency

    async def act(answer_for: AnswerFor) -> Subscription:
        # Within the request's key: a provider takes a card's token once.
        # What waits for a method, or is failing, is charged to it at once.
        owed = await open_invoices_of_subscription(
            deps.store, subscription.id, invoices_max=CHARGED_TOGETHER_MAX
        )
        trying = try_card(deps, subscription.id, caller=caller, kind=choice.kind, invoice_ids=owed)
        async with trying as tried:
            method, learned = await keep_method(deps, choice, customer=customer, currency=currency)
            event = command_event(
                PaymentMethodUpdated(method=method),
                subscription_id=subscription.id,
                caller=caller,
                at=await deps.clock.now(),
            )
            beside = Beside(answer=answer_for(subscription.id), learned=learned)
            entry = await apply_command(deps, event, beside=beside)
            tried.is_charged = charges_card(entry)
        return entry.decision.account.subscription

    return await run_once(deps, request, act, find=partial(get_subscription, deps, owner=caller.owner))


async def update_collection(
    deps: Deps,
    subscription_id: str,
    collection: Collection,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Collect another way from the next invoice on.

    Raises:
        SubscriptionNotFound, AlreadyCancelled: it is not there, or has ended.
        InvalidValue, NoPaymentMethod: see `lifecycle.calendar.require_collection`.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    payload = CollectionChanged(collection=collection)
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def uncancel_subscription(
    deps: Deps,
    subscription_id: str,
    *,
    reason: str | None = None,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Take a scheduled cancellation back.

    Raises:
        SubscriptionNotFound: it is not there.
        NotCancelling: no cancellation is scheduled, or its day has come.
        InvalidValue: the reason is too long, or holds what no reason needs.
    """
    payload = CancellationRevoked(reason=validate_reason(reason))
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def run_command(
    deps: Deps,
    subscription: Subscription,
    payload: Command,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Apply what *caller* asks of *subscription* and return its new state.

    Raises:
        BillingError: the rules refuse it.
    """

    async def act(answer_for: AnswerFor) -> Subscription:
        entry = await _apply(deps, subscription, payload, caller=caller, answer=answer_for(subscription.id))
        return entry.decision.account.subscription

    return await run_once(deps, request, act, find=partial(get_subscription, deps, owner=caller.owner))


async def _apply(
    deps: Deps, subscription: Subscription, payload: Command, *, caller: Caller, answer: Answer | None
) -> AppliedEvent:
    at = await deps.clock.now()
    event = command_event(payload, subscription_id=subscription.id, caller=caller, at=at)
    if isinstance(payload, CancellationRequested) and payload.refund is CancellationRefund.REFUND:
        await require_small_refunds(deps, event)
    return await apply_command(deps, event, beside=Beside(answer=answer))


async def _plan_change_event(
    deps: Deps, choice: PlanChoice, subscription: Subscription, *, caller: Caller
) -> PlanChanged:
    """Return the change that is asked for.

    Raises:
        Forbidden: a customer lets what it costs wait, or be nothing: only an operator may (rule 14).
        PlanNotFound, PlanArchived, PlanForOthers: there is no such plan, or it is not on offer to the caller.
    """
    if choice.proration in TRUSTING and not caller.is_admin:
        raise Forbidden("only an operator lets a change be billed later", field=("proration",))
    plan = await get_plan(deps, choice.plan_id)
    current = subscription.terms
    if plan.id != current.plan_id:
        require_offer(plan, caller)
    quantity = current.quantity if choice.quantity is None else choice.quantity
    return PlanChanged(
        terms=terms_of(plan, quantity=quantity),
        timing=choice.timing,
        proration=choice.proration,
        may_credit=caller.is_admin or deps.settings.customers_get_days_back,
        may_reverse=caller.is_admin,
        reason=validate_reason(choice.reason),
    )


async def _require_change_open(
    deps: Deps, subscription: Subscription, change: PlanChanged, *, caller: Caller
) -> None:
    """Refuse a change to a plan that the customer has by another subscription, and an upgrade of who owes.

    Raises:
        AlreadySubscribed: they have the plan, or have scheduled it (rule 42).
        InvoiceUnpaid: they owe an invoice that is past due (rule 40).
    """
    if is_upgrade(subscription.terms, change.terms) and not same_offer(subscription.terms, change.terms):
        await require_no_debt(deps, subscription.customer_id, caller=caller)
    plan_id = change.terms.plan_id
    stays = plan_id == subscription.terms.plan_id
    if not stays and await has_plan_elsewhere(
        deps.store, subscription.customer_id, plan_id, but=subscription.id
    ):
        raise AlreadySubscribed
