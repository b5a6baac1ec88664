"""What a payment does to the days of service: a first one that came late, and one that ends a suspension.

Source: billing rules 18, 33.
"""

from datetime import date

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.coupons.discount import move_period
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.facts import PaymentRefunded, PaymentSucceeded, RefundFailed
from ciclo.domain.invoice import Invoice, InvoiceKind
from ciclo.domain.lifecycle.billing import begin_service
from ciclo.domain.lifecycle.decision import Decision, EventContext, Review
from ciclo.domain.lifecycle.payments.allocation import whole_at
from ciclo.domain.period import Period, boundary, local_date
from ciclo.domain.subscription import IN_SERVICE, Status, Subscription, status_of


def place_paid_days(before: Account, decision: Decision, ctx: EventContext) -> Decision:
    """Return *decision* with the days of service where the payment that it is about puts them."""
    return _end_suspension(before, _place_first_period(decision, ctx), ctx)


def _place_first_period(decision: Decision, ctx: EventContext) -> Decision:
    """Begin service, period and anchor on the day of the first payment, where that came after its due date.

    Of several reports the earliest instant counts, as it does for the payment. A notice that names no
    payment may be about any period, and one that a person has to look at may be of none: they move nothing.
    A refund proves by when its money had come, and so does one that failed, which a person looks at as well.
    """
    is_matched = decision.review in {None, Review.REFUND_FAILED}
    invoice = _first_invoice(decision.account, ctx) if is_matched else None
    paid_at = whole_at(decision.account, invoice) if invoice else None
    if invoice is None or paid_at is None:
        return decision
    sub, coverage = decision.account.subscription, decision.account.subscription.coverage
    paid_on = local_date(paid_at, ctx.policy.timezone)
    start = paid_on if paid_on > invoice.due_on else invoice.period.start
    # Who chose where periods begin keeps that, and pays for the days that were chosen (rule 33).
    if coverage is None or start == sub.period.start or sub.chosen_anchor is not None:
        return decision
    period = Period(start, boundary(start, sub.terms.billing_cycle, 1))
    line = replace(coverage.line, service=period, total_days=period.days)
    moved = replace(
        sub,
        anchor=start,
        period=period,
        coverage=replace(coverage, line=line),
        discounts=move_period(sub.discounts, was=sub.period.end, until=period.end),
    )
    moved_to = None if period == invoice.period else period
    return decision.with_subscription(moved).with_invoice(replace(invoice, moved_to=moved_to))


def _first_invoice(account: Account, ctx: EventContext) -> Invoice | None:
    """Return the invoice that the event pays, if it is the first and still bills the current period."""
    notice, sub = ctx.event.payload, account.subscription
    if not isinstance(notice, PaymentSucceeded | PaymentRefunded | RefundFailed | InvoicePaidOutside):
        return None
    payment = account.payments.get(notice.payment_id) if notice.payment_id is not None else None
    if payment is None or sub.coverage is None or payment.invoice_id != sub.coverage.invoice_id:
        return None
    if payment.confirmed and not isinstance(notice, PaymentSucceeded | InvoicePaidOutside):
        return None
    invoice = account.invoices[payment.invoice_id]
    is_first = invoice.period.start == _first_day(sub, ctx) and invoice.kind is InvoiceKind.PERIOD
    # Older rules gave access at a trial's end, unpaid, and invoices are trusted: who had it keeps its days.
    paid_at = whole_at(account, invoice)
    began_by_it = paid_at is not None and sub.first_paid_at == max(paid_at, sub.created_at)
    waited = began_by_it and sub.activated_at == sub.first_paid_at
    stands = sub.period == (invoice.moved_to or invoice.period)
    return invoice if sub.is_live and is_first and waited and stands else None


def _first_day(sub: Subscription, ctx: EventContext) -> date:
    return sub.trial.end if sub.trial else local_date(sub.created_at, ctx.policy.timezone)


def _end_suspension(before: Account, decision: Decision, ctx: EventContext) -> Decision:
    """Bill from the day on which a suspension ends to the next boundary, if its period was not billed.

    That day is the one of the latest payment of those that it took.
    """
    sub = decision.account.subscription
    if before.subscription.status is not Status.SUSPENDED or not sub.is_live:
        return decision
    ended_at = max(ctx.at, sub.recovering_since or ctx.at)
    if status_of(sub, decision.account.invoices.values()) not in IN_SERVICE:
        fewer = len(decision.account.open_service_invoices()) < len(before.open_service_invoices())
        since = ended_at if fewer else sub.recovering_since
        return decision.with_subscription(replace(sub, recovering_since=since))
    decision = decision.with_subscription(replace(sub, recovering_since=None))
    if before.subscription.is_period_billed:
        return decision
    on = max(local_date(ended_at, ctx.policy.timezone), sub.period.start)
    billed = begin_service(decision, ctx, on=on, issued_at=ended_at, kind=InvoiceKind.RESUMPTION)
    return billed.with_outcome(decision.outcome)
