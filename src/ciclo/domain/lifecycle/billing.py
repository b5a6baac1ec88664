"""Issuing invoices and asking for their money: what every way of billing shares.

Source: billing rules 4, 7, 10, 11, 19, 22.
"""

from datetime import UTC, date, datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.collection import CollectionMode
from ciclo.domain.coupons.discount import count_period
from ciclo.domain.coupons.discounted_lines import discount_lines
from ciclo.domain.dunning import register_failure
from ciclo.domain.events.facts import PaymentRefunded, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import InvoiceId, PaymentId, derived_id
from ciclo.domain.invoice import Invoice, InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle.calendar import automatic_method, code_due_on, deadline_of, mode_of
from ciclo.domain.lifecycle.decision import Decision, EventContext
from ciclo.domain.lifecycle.stub import begin_period, charge_from
from ciclo.domain.lines.item import item_lines
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod, PaymentStatus
from ciclo.domain.payments.grant import plan_use, sum_of, take
from ciclo.domain.period import Period, local_date, start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Coverage, Subscription

NO_PAYMENT_METHOD: Final = "no_payment_method"
"""The failure code of an invoice that nothing could be charged for."""


def begin_service(
    decision: Decision,
    ctx: EventContext,
    *,
    on: date,
    issued_at: datetime,
    kind: InvoiceKind,
    collecting: bool = True,
) -> Decision:
    """Bill the days from *on* to the end of its anchor-aligned period, and make that the current period.

    A scheduled change takes effect if its boundary has come; with another interval it moves the
    anchor. Lines that wait are billed with it (rule 14). *collecting* False leaves the invoice to the
    payment that is at hand.
    """
    begun = begin_period(decision.account.subscription, on=on)
    charge = charge_from(begun, on=on, terms=begun.terms, policy=ctx.policy)
    *items, line = discount_charges(begun, charge, ctx)
    lines = (*items, *begun.waiting_lines, line)
    invoice = new_invoice(
        decision.account, lines=lines, period=begun.period, issued_at=issued_at, kind=kind, ctx=ctx
    )
    renewed = replace(
        count_discounts(begun, line),
        coverage=Coverage(invoice_id=invoice.id, line=line),
        waiting=None,
        items=(),
    )
    billed = issue_invoice(decision.with_subscription(renewed), invoice, ctx)
    return collect_invoice(billed, invoice.id, ctx) if collecting else billed


def discount_charges(sub: Subscription, charge: Line, ctx: EventContext) -> tuple[Line, ...]:
    """Return what the present period of *sub* is charged, less discounts: items that wait, *charge* last."""
    until, terms = sub.period.end, sub.terms
    lines = item_lines(
        sub.items,
        plan_id=terms.plan_id,
        on=charge.service.start,
        profile=sub.tax_profile,
        policy=ctx.policy,
    )
    plain = {item.id for item in sub.items if not item.discountable}
    charged = [line for line in (*lines, charge) if line.item_id not in plain]
    discounted = discount_lines(charged, sub.discounts, terms=terms, until=until)
    return (*(line for line in lines if line.item_id in plain), *discounted)


def count_discounts(sub: Subscription, charge: Line) -> Subscription:
    """Return *sub* with its present period counted for the discounts of *charge*, which bills it."""
    carried = [one.id for one in charge.discounts]
    months = sub.terms.billing_cycle.months
    counted = count_period(sub.discounts, carried, until=sub.period.end, months=months)
    return replace(sub, discounts=counted)


def new_invoice(
    account: Account,
    *,
    lines: tuple[Line, ...],
    period: Period,
    issued_at: datetime,
    kind: InvoiceKind,
    ctx: EventContext,
    due_days: int | None = None,
) -> Invoice:
    """Return the invoice of *lines*: the balance is used first, a negative sum goes onto it (rule 11).

    The id follows from what is billed, so that no two schedulers can bill a period twice (rule 4).
    """
    sub = account.subscription
    issued_on = local_date(issued_at, ctx.policy.timezone)
    boundary = period.start if kind is InvoiceKind.PERIOD and period.start >= sub.period.end else None
    deadline = deadline_of(sub, issued_on=issued_on, boundary=boundary, policy=ctx.policy, days=due_days)
    subtotal = sum(line.total for line in lines)
    expired = sum_of(grant for grant in account.grants if not grant.is_usable(on=issued_on))
    credit_applied = min(subtotal, account.credit - expired)
    total = subtotal - credit_applied
    return Invoice(
        id=_invoice_id(sub, period.start, kind, ctx),
        subscription_id=sub.id,
        customer_id=sub.customer_id,
        kind=kind,
        status=InvoiceStatus.PENDING if total else InvoiceStatus.PAID,
        currency=sub.terms.currency,
        lines=lines,
        subtotal=subtotal,
        tax=sum(line.tax for line in lines),
        credit_applied=credit_applied,
        grants_used=plan_use(account.grants, max(0, credit_applied), on=issued_on),
        total=total,
        period=period,
        issued_at=issued_at,
        due_on=deadline.due_on,
        overdue_on=deadline.overdue_on,
        paid_at=None if total else issued_at,
    )


def issue_invoice(decision: Decision, invoice: Invoice, ctx: EventContext) -> Decision:
    """Put *invoice* on the account and settle the balance; a paid or trusted one is in service."""
    account = decision.account
    account = replace(
        account,
        credit=account.credit - invoice.credit_applied,
        grants=take(account.grants, invoice.grants_used),
    ).with_invoice(invoice)
    is_trusted = mode_of(account.subscription) is CollectionMode.INVOICE
    if invoice.status is InvoiceStatus.PAID or is_trusted:
        account = begin_paid_service(account, invoice, at=invoice.issued_at, policy=ctx.policy)
    return replace(decision, account=account)


def activate(account: Account, *, at: datetime, begins_at: datetime | None = None) -> Account:
    """Return the account with its subscription paid for once, at *at* at the latest; the end is final.

    Service begins then, or later at *begins_at*. A notice may bear any date: it began with the subscription
    at the earliest.
    """
    sub = account.subscription
    at = max(at, sub.created_at)
    if not sub.is_live:
        return account
    begins_at = max(at, begins_at or at)
    paid = replace(
        sub,
        first_paid_at=min(at, sub.first_paid_at or at),
        activated_at=min(begins_at, sub.activated_at or begins_at),
    )
    return account.with_subscription(paid)


def begin_paid_service(account: Account, invoice: Invoice, *, at: datetime, policy: Policy) -> Account:
    """Return the account with *invoice* paid at *at*, and service begun by the days that it bills.

    What is paid ahead of a trial's end is service that begins there (rule 29), whenever that is heard of.
    """
    if not invoice.bills_service:
        return account
    sub = account.subscription
    starts_at = start_of_day(invoice.period.start, policy.timezone)
    if invoice.issued_at >= starts_at:
        return activate(account, at=at)
    paid = activate(account, at=at, begins_at=starts_at)
    if sub.trial != sub.period:
        return paid
    in_trial = replace(paid.subscription, activated_at=sub.activated_at)
    return account.with_subscription(in_trial)


def collect_invoice(decision: Decision, invoice_id: InvoiceId, ctx: EventContext) -> Decision:
    """Ask for a new invoice's money where it is ours to collect (rule 28).

    Else it is waited for until it is overdue. By a policy without a calendar dunning starts at once, but not
    of a subscription that waits for its first payment, unless it had a trial.
    """
    sub = decision.account.subscription
    invoice = decision.account.invoices[invoice_id]
    if not invoice.is_open:
        return decision
    method = automatic_method(sub)
    if method is not None:
        return request_charge(decision, invoice, method, at=invoice.issued_at, ctx=ctx)
    if (sub.activated_at is None and sub.trial is None) or ctx.policy.calendar is not None:
        return decision
    on = local_date(invoice.issued_at, ctx.policy.timezone)
    dunning = register_failure(invoice.dunning, on=on, hard=False, policy=ctx.policy)
    return decision.with_invoice(replace(invoice, dunning=dunning))


def request_charge(
    decision: Decision,
    invoice: Invoice,
    method: PaymentMethod,
    *,
    at: datetime,
    ctx: EventContext,
    on_request: bool = False,
) -> Decision:
    """Ask for one more attempt: of the last payment if it was by the same card, else of a new one."""
    tries = decision.account.payments_of(invoice.id)
    latest = tries[-1] if tries else None
    again = latest is not None and latest.method == method and latest.amount == invoice.amount_due
    if latest is not None and again and not latest.is_paid and method.kind is MethodKind.CREDIT_CARD:
        payment = replace(latest, attempts=latest.attempts + 1)
    else:
        payment = replace(new_payment(invoice, facts=str(len(tries)), at=at), method=method, attempts=1)
    order = ChargeRequested(
        payment_id=payment.id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        attempt=payment.attempts,
        amount=payment.amount,
        currency=payment.currency,
        method=method,
        on_request=on_request,
        due_on=code_due_on(
            method.kind,
            invoice_due_on=invoice.due_on,
            today=local_date(at, ctx.policy.timezone),
            policy=ctx.policy,
        ),
    )
    key = f"{payment.id}:{payment.attempts}"
    return decision.with_payment(payment).with_follow_up(order, key=key, at=at, ctx=ctx)


def new_payment(invoice: Invoice, *, facts: str, at: datetime) -> Payment:
    """Return a payment of all that is due of *invoice*, else of its total; *facts* tell it from others."""
    return Payment(
        id=PaymentId(derived_id("pay", at=at, facts=f"{invoice.id}|{facts}")),
        invoice_id=invoice.id,
        subscription_id=invoice.subscription_id,
        customer_id=invoice.customer_id,
        amount=invoice.amount_due or invoice.total,
        currency=invoice.currency,
        method=None,
        status=PaymentStatus.PENDING,
        created_at=at,
    )


def _invoice_id(sub: Subscription, start: date, kind: InvoiceKind, ctx: EventContext) -> InvoiceId:
    facts = f"{sub.id}|{kind}|{start}"
    if sub.renewals_withdrawn:
        facts = f"{facts}|{sub.renewals_withdrawn}"
    # What a payment brings about is the same, whichever of several payments came last.
    by_payment = isinstance(ctx.event.payload, PaymentSucceeded | PaymentRefunded)
    if kind is not InvoiceKind.PERIOD and not by_payment:
        facts = f"{facts}|{ctx.event.id}"
    at = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return InvoiceId(derived_id("inv", at=at, facts=facts))
