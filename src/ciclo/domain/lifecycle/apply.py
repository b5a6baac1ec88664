"""The one function that applies an event to an account, and the table that joins events to rules."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from ciclo.domain import events
from ciclo.domain.account import Account
from ciclo.domain.lifecycle import changes, clock, dunning_clock, leaving, notices, opening, refunds
from ciclo.domain.lifecycle.decision import Context, Decision, Outcome
from ciclo.domain.lifecycle.due import next_due
from ciclo.domain.metrics import movement
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status, Subscription, status_of

Rule = Callable[[Decision, Any, Context], Decision]

RULES: Final[Mapping[type[events.Payload], Rule]] = {
    events.SubscriptionCreated: opening.on_created,
    events.SubscriptionRegistered: opening.on_registered,
    events.PlanChanged: changes.on_plan_changed,
    events.PlanChangeDropped: changes.on_plan_change_dropped,
    events.PaymentMethodUpdated: changes.on_method_updated,
    events.InvoicePaymentRequested: changes.on_invoice_payment_requested,
    events.InvoiceVoided: changes.on_invoice_voided,
    events.CancellationRequested: leaving.on_cancellation_requested,
    events.CancellationRevoked: leaving.on_cancellation_revoked,
    events.SubscriptionPaused: leaving.on_paused,
    events.SubscriptionResumed: leaving.on_resumed,
    events.RefundCreated: refunds.on_refund_created,
    events.TrialEnded: clock.on_trial_ended,
    events.PeriodEnded: clock.on_period_ended,
    events.PendingExpired: clock.on_pending_expired,
    events.RetryDue: dunning_clock.on_retry_due,
    events.GraceEnded: dunning_clock.on_grace_ended,
    events.DunningExhausted: dunning_clock.on_dunning_exhausted,
    events.PaymentExpired: dunning_clock.on_payment_expired,
    events.PaymentSucceeded: notices.on_payment_succeeded,
    events.PaymentFailed: notices.on_payment_failed,
    events.PaymentRefunded: notices.on_payment_refunded,
    events.RefundFailed: notices.on_refund_failed,
    events.PaymentAuthorized: notices.on_payment_authorized,
    events.ChargeDropped: notices.on_charge_dropped,
    events.PaymentDisputed: notices.on_payment_disputed,
    events.DisputeClosed: notices.on_dispute_closed,
}

RULES_VERSION: Final = 1
"""The version of the rules as a whole. Raise it by one with every release in which any rule, or what a rule
calls, decides otherwise about the same account, event and policy: the audit re-decides only what the
present version decided."""


def apply(account: Account, event: events.Event, policy: Policy) -> Decision:
    """Return what *event* makes of *account* by *policy*: pure, the same for the same facts.

    Raises:
        BillingError: a person asked for what the rules refuse; nothing is to be written. Notices and
            the clock never raise one: what does not fit is ignored or marked for review.
    """
    ctx = Context(event=event, policy=policy)
    decided = RULES[type(event.payload)](Decision(account=account), event.payload, ctx)
    return _settled(account, decided, ctx)


def _settled(before: Account, decided: Decision, ctx: Context) -> Decision:
    """Derive what follows from the facts: status, next billing date, the clock's next turn, MRR."""
    account, outcome = decided.account, decided.outcome
    if account == before and decided.review is None:
        outcome = Outcome.IGNORED
    sub = account.subscription
    status = status_of(sub, account.invoices.values())
    sub = replace(
        sub,
        status=status,
        next_billing_date=_next_billing_date(sub, status),
        version=sub.version + 1,
    )
    account = account.with_subscription(sub)
    due = next_due(account, ctx.policy)
    due_at = due.at if due else None
    if sub.due_at != due_at:
        sub = replace(sub, due_at=due_at)
        account = account.with_subscription(sub)
    return replace(
        decided,
        account=account,
        outcome=outcome,
        movement=movement(before.subscription, sub, event_id=ctx.event.id, on=ctx.today),
    )


def _next_billing_date(sub: Subscription, status: Status) -> date | None:
    """Return the day of the next charge: none once it is paused, ended or about to end."""
    stopped = status in {Status.PAUSED, Status.CANCELLED} or sub.cancel_at_period_end
    return None if stopped else sub.period.end
