"""How a subscription begins: created, verified, in trial or with its first invoice.

Source: billing rules 3, 10, 21, 33.
"""

from datetime import timedelta

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.subscriptions import AlreadyCancelled
from ciclo.domain.events.commands import CollectionChanged, SubscriptionCreated
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import SubscriptionRegistered
from ciclo.domain.events.orders import RegistrationRequested
from ciclo.domain.invoice import InvoiceKind
from ciclo.domain.lifecycle.billing import begin_service
from ciclo.domain.lifecycle.calendar import require_collection
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.stub import begin_period, with_anchor
from ciclo.domain.period import Period
from ciclo.domain.subscription import Status, Subscription


def open_account(event: Event, created: SubscriptionCreated) -> Account:
    """Return the account as it is from the moment of its creation until a worker takes it up.

    Where none was chosen, the anchor is the day on which the trial ends, or else that of creation.
    """
    trial = (
        Period(created.on, created.on + timedelta(days=created.trial_days)) if created.trial_days else None
    )
    start = trial.end if trial else created.on
    unanchored = Subscription(
        id=event.subscription_id,
        customer_id=created.customer_id,
        status=Status.PENDING,
        terms=created.terms,
        method=created.method,
        created_at=event.occurred_at,
        anchor=start,
        period=trial or Period(start, start),
        next_billing_date=start,
        trial=trial,
        collection=created.collection,
        chosen_anchor=created.chosen_anchor,
        discounts=created.discounts,
        tax_profile=created.tax_profile,
    )
    sub = with_anchor(unanchored, start=start)
    if trial is None:
        sub = begin_period(sub, on=start)
    opened = replace(sub, next_billing_date=sub.period.end)
    return Account(subscription=opened, invoices={}, payments={})


def start_subscription(decision: Decision, ctx: EventContext) -> Decision:
    """Begin a verified subscription: its trial, or service with the first invoice. Once only.

    Whatever comes first starts it, the worker's turn or a payment's notice: both find the same facts.
    """
    sub = decision.account.subscription
    if sub.started or not sub.is_live:
        return decision
    decision = decision.with_subscription(replace(sub, started=True)).with_follow_up(
        RegistrationRequested(customer_id=sub.customer_id), key=sub.id, at=sub.created_at, ctx=ctx
    )
    if sub.trial is not None:
        return decision.with_outcome(Outcome.TRIAL_STARTED)
    return begin_service(
        decision, ctx, on=sub.period.start, issued_at=sub.created_at, kind=InvoiceKind.PERIOD
    ).with_outcome(Outcome.INVOICE_ISSUED)


def on_created(decision: Decision, _: SubscriptionCreated, ctx: EventContext) -> Decision:
    """Take up a new subscription."""
    return start_subscription(decision, ctx)


def on_collection_changed(decision: Decision, change: CollectionChanged, _: EventContext) -> Decision:
    """Collect another way from the next invoice on; what is issued stays as it is.

    Raises:
        AlreadyCancelled: it has ended.
        InvalidValue: days below zero, or a lead that is as long as a cycle.
        NoPaymentMethod: there is nothing to charge without being asked.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    require_collection(change.collection, sub.terms.billing_cycle, has_method=sub.method is not None)
    changed = replace(sub, collection=change.collection)
    return decision.with_subscription(changed).with_outcome(Outcome.COLLECTION_CHANGED)


def on_registered(decision: Decision, registered: SubscriptionRegistered, _: EventContext) -> Decision:
    """Keep the billing system's reference."""
    sub = decision.account.subscription
    return decision.with_subscription(replace(sub, registration=registered.reference)).with_outcome(
        Outcome.RECORDED
    )
