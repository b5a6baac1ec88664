"""The one function that applies an event to an account, and the table that joins events to rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.events import booking, commands, facts, selling
from ciclo.domain.events import merging as merging_events
from ciclo.domain.events.commands import Command
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import Fact
from ciclo.domain.lifecycle import dunning, invoices, needs, one_off, reminders, renewal, start
from ciclo.domain.lifecycle.changes import (
    awaited_change,
    billing_day,
    cancel_pause,
    discounts,
    items,
    merging,
    plan_change,
    trial,
    withdrawal,
)
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.needs import Kind, Need, Wanted
from ciclo.domain.lifecycle.payments import credit_notes, grants, notices, refunds, reviews
from ciclo.domain.lifecycle.payments.recovery import place_paid_days
from ciclo.domain.lifecycle.schedule import next_due_event
from ciclo.domain.metrics import movement_between
from ciclo.domain.period import local_date
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status, Subscription, status_of

Rule = Callable[[Decision, Kind, EventContext], Decision]


@dataclass(frozen=True, slots=True)
class Spec:
    """One type of event: its payload, which says its name, its rule, and what the rule needs."""

    payload: type[Command | Fact]
    rule: Rule[Command | Fact]
    need: Need[Command | Fact]


def _spec(payload: type[Kind], rule: Rule[Kind], need: Need[Kind] = needs.want_nothing) -> Spec:
    # Here mypy checks that rule and need take this payload. A table of all types can't say so, and needs not:
    # who looks a spec up by a payload's type gives it that payload.
    return Spec(
        cast("type[Command | Fact]", payload),
        cast("Rule[Command | Fact]", rule),
        cast("Need[Command | Fact]", need),
    )


RULES: Final[Mapping[type[Command | Fact], Spec]] = {
    spec.payload: spec
    for spec in (
        _spec(commands.SubscriptionCreated, start.on_created),
        _spec(facts.SubscriptionRegistered, start.on_registered),
        _spec(selling.DiscountApplied, discounts.on_discount_applied),
        _spec(selling.DiscountRemoved, discounts.on_discount_removed),
        _spec(selling.InvoiceItemAdded, items.on_invoice_item_added),
        _spec(selling.InvoiceItemRemoved, items.on_invoice_item_removed),
        _spec(selling.InvoiceCreated, one_off.on_invoice_created),
        _spec(selling.TaxProfileChanged, items.on_tax_profile_changed),
        _spec(merging_events.CustomerReassigned, merging.on_customer_reassigned, needs.want_all_invoices),
        _spec(merging_events.BalanceReceived, merging.on_balance_received),
        _spec(commands.BillingDayChanged, billing_day.on_billing_day_changed),
        _spec(commands.CollectionChanged, start.on_collection_changed),
        _spec(commands.PlanChanged, plan_change.on_plan_changed, needs.want_coverage),
        _spec(commands.TrialExtended, trial.on_trial_extended),
        _spec(commands.TrialEndRequested, trial.on_trial_end_requested),
        _spec(facts.PlanChangeDropped, awaited_change.on_plan_change_dropped),
        _spec(commands.PaymentMethodUpdated, plan_change.on_method_updated),
        _spec(commands.InvoicePaymentRequested, invoices.on_invoice_payment_requested, needs.want_invoice),
        _spec(commands.InvoiceVoided, invoices.on_invoice_voided, needs.want_invoice),
        _spec(commands.InvoiceWrittenOff, invoices.on_invoice_written_off, needs.want_invoice),
        _spec(
            commands.CancellationRequested,
            cancel_pause.on_cancellation_requested,
            needs.want_what_is_given_back,
        ),
        _spec(commands.WithdrawalRequested, withdrawal.on_withdrawal_requested, needs.want_all_invoices),
        _spec(commands.CancellationRevoked, cancel_pause.on_cancellation_revoked),
        _spec(commands.SubscriptionPaused, cancel_pause.on_paused, needs.want_coverage),
        _spec(commands.SubscriptionResumed, cancel_pause.on_resumed),
        _spec(commands.RefundCreated, refunds.on_refund_created, needs.want_payment),
        _spec(commands.CreditGranted, grants.on_credit_granted),
        _spec(facts.CreditExpired, grants.on_credit_expired),
        _spec(commands.CreditNoteCreated, credit_notes.on_credit_note_created, needs.want_invoice),
        _spec(booking.InvoicePaidOutside, invoices.on_invoice_paid_outside, needs.want_invoice),
        _spec(booking.MoneyAssigned, reviews.on_money_assigned, needs.want_invoice),
        _spec(facts.TrialEnded, renewal.on_trial_ended),
        _spec(facts.RenewalIssued, renewal.on_renewal_issued),
        _spec(facts.PeriodEnded, renewal.on_period_ended),
        _spec(facts.ReminderDue, reminders.on_reminder_due),
        _spec(facts.PauseBegun, cancel_pause.on_pause_begun),
        _spec(facts.PauseEnded, cancel_pause.on_pause_ended),
        _spec(facts.PendingExpired, renewal.on_pending_expired),
        _spec(facts.InvoiceOverdue, dunning.on_invoice_overdue, needs.want_invoice),
        _spec(facts.RetryDue, dunning.on_retry_due, needs.want_invoice),
        _spec(facts.GraceEnded, dunning.on_grace_ended, needs.want_invoice),
        _spec(facts.DunningExhausted, dunning.on_dunning_exhausted, needs.want_invoice),
        _spec(facts.PaymentExpired, dunning.on_payment_expired, needs.want_payment),
        _spec(facts.PaymentSucceeded, notices.on_payment_succeeded, needs.want_payment_or_equals),
        _spec(facts.PaymentFailed, notices.on_payment_failed, needs.want_payment_or_equals),
        _spec(facts.PaymentRefunded, notices.on_payment_refunded, needs.want_payment_or_equals),
        _spec(facts.RefundFailed, notices.on_refund_failed, needs.want_payment),
        _spec(facts.PaymentAuthorized, notices.on_payment_authorized, needs.want_payment),
        _spec(facts.ChargeDropped, notices.on_charge_dropped, needs.want_payment),
        _spec(facts.PaymentDisputed, notices.on_payment_disputed, needs.want_payment),
        _spec(facts.DisputeClosed, notices.on_dispute_closed, needs.want_payment),
    )
}

RULES_VERSION: Final = 3
"""The version of the rules as a whole. Raise it by one with every release in which any rule, or what a rule
calls, decides otherwise about the same account, event and policy: the audit re-decides only what the
present version decided."""


def find_wanted(event: Event, subscription: Subscription) -> Wanted:
    """Return what has to be loaded for *event* besides what is loaded of *subscription* in any case."""
    return RULES[type(event.payload)].need(event.payload, subscription)


def apply(account: Account, event: Event, policy: Policy) -> Decision:
    """Return what *event* makes of *account* by *policy*: pure, the same for the same facts.

    Raises:
        BillingError: a person asked for what the rules refuse; nothing is to be written. Notices and
            the clock never raise one: what does not fit is ignored or marked for review.
        TypeError: it carries what no rule is for, such as an order to the collection worker.
    """
    spec = RULES.get(type(event.payload))
    if spec is None:
        raise TypeError(f"no rule applies {event.type}: the collection worker carries orders out")
    ctx = EventContext(event=event, policy=policy)
    found = Decision(account=account)
    if isinstance(event.payload, awaited_change.REPLACING):
        found = awaited_change.drop_awaited_change(found, at=ctx.at)
    decided = spec.rule(found, event.payload, ctx)
    resolved = awaited_change.resolve_awaited_change(decided, at=ctx.at)
    placed = place_paid_days(account, resolved, ctx)
    return _derive(account, renewal.review_renewal(placed, ctx), ctx)


def _derive(before: Account, decided: Decision, ctx: EventContext) -> Decision:
    """Derive what follows from the facts: status, next billing date, the clock's next turn, MRR."""
    account, outcome = decided.account, decided.outcome
    if account == before and decided.review is None:
        outcome = Outcome.IGNORED
    sub = account.subscription
    status = status_of(sub, account.invoices.values())
    sub = replace(
        sub,
        status=status,
        asked_at=ctx.at if isinstance(ctx.event.payload, Command) else sub.asked_at,
        next_billing_date=_next_billing_date(sub, status),
        reminded=reminders.still_to_come(sub),
        version=sub.version + 1,
    )
    account = account.with_subscription(sub)
    moved = movement_between(before.subscription, sub, event_id=ctx.event.id, on=_first_day(sub, ctx))
    if moved is not None:
        sub = replace(sub, moved_on=moved.on)
        account = account.with_subscription(sub)
    due = next_due_event(account, ctx.policy)
    due_at = due.at if due else None
    if sub.due_at != due_at:
        sub = replace(sub, due_at=due_at)
        account = account.with_subscription(sub)
    return replace(decided, account=account, outcome=outcome, movement=moved)


def _first_day(sub: Subscription, ctx: EventContext) -> date:
    """Return the earliest day on which MRR can move by an event, whatever day a notice bears.

    That is not before service begins, nor before it moved last: no month that is closed is restated.
    """
    began = sub.activated_at and local_date(sub.activated_at, ctx.policy.timezone)
    return max(day for day in (ctx.today, began, sub.moved_on) if day is not None)


def _next_billing_date(sub: Subscription, status: Status) -> date | None:
    """Return the day of the next charge: none once it has ended or is about to; a pause may end on one."""
    if status is Status.PAUSED or sub.pauses_on is not None:
        return sub.resume_on
    stopped = status is Status.CANCELLED or sub.cancel_at_period_end
    return None if stopped else sub.period.end
