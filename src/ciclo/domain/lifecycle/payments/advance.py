"""Paying in advance: a notice that pays a period which the clock has not begun yet."""

from ciclo.domain.account import Account
from ciclo.domain.events.facts import (
    PaymentRefunded,
    PaymentSucceeded,
)
from ciclo.domain.invoice import Invoice, InvoiceKind
from ciclo.domain.lifecycle.billing import begin_service
from ciclo.domain.lifecycle.decision import Decision, EventContext
from ciclo.domain.period import local_date, start_of_day
from ciclo.domain.subscription import BILLED, Status


def bill_ahead(
    decision: Decision, notice: PaymentSucceeded | PaymentRefunded, ctx: EventContext
) -> tuple[Decision, Invoice | None]:
    """Issue the next period's invoice as the clock would, where the notice's amount pays for it."""
    sub = decision.account.subscription
    day_came = sub.status in BILLED and _has_period_begun(decision.account, notice, ctx)
    is_billed = sub.renewed_for == sub.period.end
    if not (day_came or _in_trial(decision)) or sub.is_to_stop or is_billed:
        return decision, None
    issued_at = start_of_day(sub.period.end, ctx.policy.timezone)
    ahead = begin_service(
        decision, ctx, on=sub.period.end, issued_at=issued_at, kind=InvoiceKind.PERIOD, collecting=False
    )
    (invoice,) = (
        issued for id_, issued in ahead.account.invoices.items() if id_ not in decision.account.invoices
    )
    return (ahead, invoice) if invoice.total == notice.amount else (decision, None)


def _has_period_begun(
    account: Account, notice: PaymentSucceeded | PaymentRefunded, ctx: EventContext
) -> bool:
    """Return whether the notice pays the next period, or lets an equal payment of a later day do so.

    Of payments for a month each the later one may arrive first and settle the older month. Put in
    their own order, the latest payment pays the latest period, and so on down to the notice itself:
    each has to be of its period's first day or later, the one after the trial of any day of it.
    """
    sub, zone = account.subscription, ctx.policy.timezone
    equal = [
        payment
        for payment in account.payments.values()
        if payment.is_paid
        and payment.amount == notice.amount
        and account.invoices[payment.invoice_id].bills_service
    ]
    starts = sorted((account.invoices[payment.invoice_id].period.start for payment in equal), reverse=True)
    days = [local_date(payment.completed_at, zone) for payment in equal if payment.completed_at is not None]
    later = sorted((day for day in days if day > ctx.today), reverse=True)
    return all(
        day >= (sub.trial.start if sub.trial is not None and start == sub.trial.end else start)
        for day, start in zip([*later, ctx.today], [sub.period.end, *starts], strict=False)
    )


def _in_trial(decision: Decision) -> bool:
    sub = decision.account.subscription
    fresh = sub.status in {Status.PENDING, Status.TRIALING} and sub.activated_at is None
    return sub.is_live and sub.started and fresh and sub.trial == sub.period
