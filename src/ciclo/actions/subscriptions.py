"""Subscriptions: creating one, and finding one that the caller may see."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ciclo.actions.caller import NOBODY, Caller, caller_of
from ciclo.actions.changes.creation_choices import require_anchor_choice, require_collection_choice
from ciclo.actions.changes.subscription_draft import (
    SubscriptionDraft,
    name_customer,
    new_customer,
    require_open_link,
    require_promised_trial,
    with_trial,
)
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.live_updates import SubscriptionChange, broadcast_changes
from ciclo.actions.payment_methods import MethodChoice, show_method
from ciclo.actions.plans import get_offer
from ciclo.actions.processing.publish_events import publish_events
from ciclo.actions.self_service.debts import require_no_debt
from ciclo.actions.self_service.declines import try_card
from ciclo.actions.self_service.trials import note_trial_use, trial_keys
from ciclo.actions.selling.redemptions import Redeemed, Redeemer, discounts_of, redeem_if_given, redemption_of
from ciclo.domain.coupons.discount import Discount
from ciclo.domain.customer import Customer
from ciclo.domain.errors.subscriptions import AlreadySubscribed, SubscriptionNotFound
from ciclo.domain.events.commands import Command, SubscriptionCreated
from ciclo.domain.events.event import Event, Source
from ciclo.domain.ids import CustomerId, EventId, SubscriptionId, parse_id
from ciclo.domain.lifecycle import open_account
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.period import local_date
from ciclo.domain.plan import Plan, terms_of
from ciclo.domain.subscription import Subscription
from ciclo.store.customers import find_customer_by_email, find_merged_customer
from ciclo.store.idempotency import Answer, IdempotentRequest
from ciclo.store.ledger.beside import Beside
from ciclo.store.links.checkout_links import LinkUse
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.subscriptions import NewSubscription, add_subscription, find_subscription, has_scheduled_plan


async def create_subscription(
    deps: Deps, draft: SubscriptionDraft, *, caller: Caller, request: IdempotentRequest | None = None
) -> Subscription:
    """Create a PENDING subscription and leave the event of its creation to a worker.

    Raises:
        PlanNotFound, PlanArchived, PlanForOthers: the plan is not there, or not on offer to the caller.
        AlreadySubscribed: the customer has the plan, or has scheduled a change to it.
        InvalidValue, DateInPast: nobody is named, or the quantity or the anchor is out of range.
        Forbidden: a customer names somebody else, or chooses how it is collected or when its periods begin.
        Conflict: others kept changing the same customer.
        InvoiceUnpaid: a customer owes an invoice that is past due.
        TooManyDeclines: cards of the customer were declined too often.
        CardInvalid, CardDeclined, MethodNotSupported, PayerIncomplete, ProviderUnavailable: the method can't
            be kept.
        CouponNotFound, CouponExpired, CouponExhausted, CouponNotApplicable, TooManyWrongCodes: the code gives
            nothing.
        LinkUsedUp, TrialUsed: the checkout link does not give what it was to.
    """
    email = name_customer(draft, caller)
    plan = with_trial(await get_offer(deps, draft.plan_id, caller=caller), draft.trial_days)
    has_method = draft.method is not None
    require_collection_choice(
        draft.collection, cycle=plan.billing_cycle, has_method=has_method, caller=caller
    )

    async def act(answer_for: AnswerFor) -> Subscription:
        return await _create(deps, draft, plan=plan, email=email, caller=caller, answer_for=answer_for)

    async def find(subscription_id: str) -> Subscription:
        if draft.newcomer is not None:
            # Who signs up by a link is known by nothing but the key, and the form that they sent with it.
            return await get_subscription(deps, subscription_id, owner=None)
        # The first of two equal requests may have made the caller a customer meanwhile.
        known = await caller_of(deps, caller.viewer) if caller.owner == NOBODY else caller
        return await get_subscription(deps, subscription_id, owner=known.owner)

    return await run_once(deps, request, act, find=find)


def require_anchor(
    draft: SubscriptionDraft, plan: Plan, *, customer: Customer, caller: Caller, on: date
) -> None:
    """Check the choice of when periods begin.

    Raises:
        Forbidden, InvalidValue, DateInPast: see `creation_choices.require_anchor_choice`.
    """
    start = on + timedelta(days=_trial_days(draft, plan, customer))
    require_anchor_choice(draft.chosen_anchor, start=start, cycle=plan.billing_cycle, caller=caller)


async def _create(
    deps: Deps, draft: SubscriptionDraft, *, plan: Plan, email: str, caller: Caller, answer_for: AnswerFor
) -> Subscription:
    now = await deps.clock.now()
    subscription_id = SubscriptionId(generate_id("sub", now))
    today, newcomer = local_date(now, deps.policy.timezone), new_customer(draft, email, at=now)
    shown: dict[CustomerId, _Shown] = {}

    async def add() -> NewSubscription:
        known = await _find_known(deps, draft, email)
        customer = known or newcomer
        await _require_unencumbered(deps, known, plan, caller=caller)
        terms = terms_of(plan, quantity=draft.quantity)
        redeemer = Redeemer(caller, customer.id, subscription_id, terms, now)
        redeemed = await redeem_if_given(deps, draft.coupon_code, redeemer)
        if customer.id not in shown:
            shown[customer.id] = await _show(deps, draft.method, customer=customer, known=known, plan=plan)
        seen, off = shown[customer.id], discounts_of(redeemed)
        customer = await _note_trial_use(deps, draft, customer, seen.method, plan=plan)
        require_anchor(draft, plan, customer=customer, caller=caller, on=today)
        created = new_creation(draft, plan, customer=customer, method=seen.method, on=today, discounts=off)
        event = command_event(created, subscription_id=subscription_id, caller=caller, at=now)
        new = NewSubscription(
            subscription=open_account(event, created).subscription,
            event=event,
            customer=seen.payer,
            known=seen.known,
            trial_keys=trial_keys(customer, seen.method) if created.trial_days else (),
            now=deps.wall(),
            beside=_beside(draft, redeemed, subscription_id, answer=answer_for(subscription_id)),
        )
        await _add(deps, new)
        return new

    async with try_card(deps, subscription_id, caller=caller, kind=_kind(draft)) as tried:
        new = await retry_on_contention(add)
        tried.is_charged = not new.uses_trial and plan.price.amount > 0
    await _announce(deps, new)
    return new.subscription


async def _find_known(deps: Deps, draft: SubscriptionDraft, email: str) -> Customer | None:
    """Return whose the subscription is to be, if they are stored.

    Raises:
        LinkNotFound, LinkRevoked, LinkExpired, LinkUsedUp: they come by a link that is not open.
    """
    await require_open_link(deps, draft)
    if draft.newcomer is not None:
        return None
    if draft.customer_id is not None:
        return await find_merged_customer(deps.store, draft.customer_id)
    return await find_customer_by_email(deps.store, email)


async def _note_trial_use(
    deps: Deps, draft: SubscriptionDraft, customer: Customer, method: PaymentMethod | None, *, plan: Plan
) -> Customer:
    noted = await note_trial_use(deps, customer, method, plan=plan)
    require_promised_trial(draft, plan, noted)
    return noted


def _beside(
    draft: SubscriptionDraft, redeemed: Redeemed | None, id_: SubscriptionId, *, answer: Answer | None
) -> Beside:
    use = LinkUse(link_id=draft.link_id, subscription_id=id_) if draft.link_id else None
    return Beside(answer=answer, redemption=redemption_of(redeemed), link_use=use)


def _kind(draft: SubscriptionDraft) -> MethodKind | None:
    return draft.method.kind if draft.method else None


async def _require_unencumbered(deps: Deps, known: Customer | None, plan: Plan, *, caller: Caller) -> None:
    """Check that a customer owes nothing, and has no change to the plan scheduled.

    A plan that they have is refused by the store, which knows a repeat of the same request first.

    Raises:
        InvoiceUnpaid, AlreadySubscribed: they owe something, or have one.
    """
    if known is None:
        return
    await require_no_debt(deps, known.id, caller=caller)
    if await has_scheduled_plan(deps.store, known.id, plan.id):
        raise AlreadySubscribed


async def _announce(deps: Deps, new: NewSubscription) -> None:
    """Tell the billing worker and whoever listens of a creation that was committed."""
    event = new.event
    await publish_events(deps, [(event.id, event.type)])
    change = SubscriptionChange(
        event_id=event.id,
        type=event.type.value,
        subscription_id=event.subscription_id,
        customer_id=new.customer.id,
    )
    await broadcast_changes(deps.streams, [change])


def new_creation(
    draft: SubscriptionDraft,
    plan: Plan,
    *,
    customer: Customer,
    method: PaymentMethod | None,
    on: date,
    discounts: tuple[Discount, ...] = (),
) -> SubscriptionCreated:
    """Return what is created."""
    return SubscriptionCreated(
        customer_id=customer.id,
        terms=terms_of(plan, quantity=draft.quantity),
        on=on,
        trial_days=_trial_days(draft, plan, customer),
        method=method,
        collection=draft.collection,
        chosen_anchor=draft.chosen_anchor,
        discounts=discounts,
        tax_profile=customer.tax_profile,
    )


def _trial_days(draft: SubscriptionDraft, plan: Plan, customer: Customer) -> int:
    """Return the days of trial: a customer has one trial in all."""
    gets_trial = customer.trial_used_at is None and not draft.skip_trial
    return plan.trial_days if gets_trial else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A method, the customer with what its provider told of them, and as they are stored, if they are."""

    method: PaymentMethod | None
    payer: Customer
    known: Customer | None


async def _show(
    deps: Deps, choice: MethodChoice | None, *, customer: Customer, known: Customer | None, plan: Plan
) -> _Shown:
    if choice is None:
        return _Shown(method=None, payer=customer, known=known)
    method, payer = await show_method(deps, choice, customer=customer, currency=plan.price.currency)
    return _Shown(method=method, payer=payer, known=known)


async def _add(deps: Deps, new: NewSubscription) -> None:
    """Store a new subscription.

    Raises:
        AlreadySubscribed: the customer has the plan.
        Contention: the customer was made, or somebody used their trial, meanwhile.
        DuplicateKey: the request was answered meanwhile.
    """
    try:
        await add_subscription(deps.store, new)
    except DuplicateKey as duplicate:
        if duplicate.collection == "subscriptions":
            raise AlreadySubscribed from duplicate
        if duplicate.collection in {"customers", "trials"}:
            raise Contention from duplicate
        raise


async def get_subscription(deps: Deps, subscription_id: str, *, owner: CustomerId | None) -> Subscription:
    """Return a subscription; with an *owner*, another's looks absent.

    Raises:
        MalformedId, SubscriptionNotFound: there is none.
    """
    subscription = await find_subscription(deps.store, parse_id("sub", subscription_id), owner=owner)
    if subscription is None:
        raise SubscriptionNotFound
    return subscription


def command_event(
    payload: Command, *, subscription_id: SubscriptionId, caller: Caller, at: datetime
) -> Event:
    """Return the event of something that *caller* asks for."""
    event_id = generate_id("evt", at)
    return Event(
        id=EventId(event_id),
        subscription_id=subscription_id,
        payload=payload,
        occurred_at=at,
        source=Source.API,
        dedupe_key=f"api:{event_id}",
        actor=caller.subject,
    )
