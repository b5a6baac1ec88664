"""When an invoice is issued, due and overdue, and until when a code for it can be paid.

A policy without a calendar is one of before it: due on the day of issue, and nothing waits for that day.
Source: billing rules 28 to 31.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ciclo.copies import replace
from ciclo.domain.bank_days import add_banking_days, banking_day_from
from ciclo.domain.collection import Collection, CollectionMode, CollectionTerms
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.payments import NoPaymentMethod
from ciclo.domain.events.facts import PaymentAuthorized
from ciclo.domain.lifecycle.stub import begin_period
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod
from ciclo.domain.period import BillingCycle, local_date, start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription

CODES = frozenset({MethodKind.PIX, MethodKind.BOLETO})
"""Methods whose payers are handed a code, and pay it when they like."""


MONTH_DAYS_MIN = 28
DUE_DAYS_MAX = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day to pay, and the first day on which it is overdue; None: nothing happens on it."""

    due_on: date
    overdue_on: date | None


def mode_of(sub: Subscription) -> CollectionMode:
    """Return who collects: what was chosen, else us by the method on file, else somebody else."""
    if sub.collection.mode is not None:
        return sub.collection.mode
    return CollectionMode.EXTERNAL if sub.method is None else CollectionMode.AUTOMATIC


def require_collection(chosen: Collection, cycle: BillingCycle, *, has_method: bool) -> None:
    """Check what is chosen for a subscription's collection (rule 28).

    Raises:
        InvalidValue: days below zero, or a lead that is as long as the shortest cycle.
        NoPaymentMethod: there is nothing to charge without being asked.
    """
    lead_days_max = cycle.months * MONTH_DAYS_MIN - 1
    if chosen.lead_days is not None and not 0 <= chosen.lead_days <= lead_days_max:
        message = f"0 to {lead_days_max} days: an invoice is issued in the period before its own"
        raise InvalidValue(message).at("collection", "lead_days")
    if chosen.due_days is not None and not 0 <= chosen.due_days <= DUE_DAYS_MAX:
        raise InvalidValue(f"0 to {DUE_DAYS_MAX} days").at("collection", "due_days")
    if chosen.mode is CollectionMode.AUTOMATIC and not has_method:
        raise NoPaymentMethod


def automatic_method(sub: Subscription) -> PaymentMethod | None:
    """Return the method that is charged without anybody's asking; None where nothing is."""
    return sub.method if mode_of(sub) is CollectionMode.AUTOMATIC else None


def terms_of_collection(sub: Subscription, policy: Policy) -> CollectionTerms:
    """Return the days of a subscription's calendar: the policy's, where none were chosen for it."""
    if policy.calendar is None:
        return CollectionTerms()
    mode, chosen = mode_of(sub), sub.collection
    terms = policy.calendar.of_mode(mode, sub.method.kind if sub.method else None)
    if chosen.lead_days is not None:
        terms = replace(terms, lead_days=chosen.lead_days)
    if chosen.due_days is None:
        return terms
    if mode is CollectionMode.AUTOMATIC:
        return replace(terms, due_days=chosen.due_days)
    return replace(terms, due_days=chosen.due_days, first_due_days=chosen.due_days)


def issue_day(sub: Subscription, policy: Policy) -> date:
    """Return the day on which the next period is billed: not before the present one began (rule 29)."""
    lead = timedelta(days=terms_of_collection(sub, policy).lead_days)
    return max(sub.period.end - lead, sub.period.start)


def next_invoice_on(sub: Subscription, policy: Policy) -> date | None:
    """Return the day on which the next invoice is issued; None if nothing is going to be billed."""
    is_paused = sub.paused_on is not None or sub.pauses_on is not None
    if sub.next_billing_date is None or is_paused:
        return sub.next_billing_date
    if sub.renewed_for == sub.period.end:
        sub = begin_period(sub, on=sub.period.end)
    return issue_day(sub, policy)


def deadline_of(
    sub: Subscription,
    *,
    issued_on: date,
    boundary: date | None,
    policy: Policy,
    days: int | None = None,
) -> Deadline:
    """Return when an invoice has to be paid that is issued on a day for *boundary*, or for none.

    Who is handed it late, on the boundary itself or shortly before, has the days of a first invoice, unless
    other *days* to pay it are given.
    """
    if policy.calendar is None:
        return Deadline(due_on=issued_on + timedelta(days=days or 0), overdue_on=None)
    terms = terms_of_collection(sub, policy)
    due_on = issued_on + timedelta(days=terms.first_due_days if days is None else days)
    if boundary is not None:
        due_on = max(due_on, boundary + timedelta(days=terms.due_days))
    method = automatic_method(sub)
    if method is not None and method.kind in CODES:
        due_on = banking_day_from(due_on, policy.banking_days)
    heard_until = add_banking_days(due_on, terms.settlement_days, policy.banking_days)
    return Deadline(due_on=due_on, overdue_on=heard_until + timedelta(days=1))


def code_due_on(kind: MethodKind, *, invoice_due_on: date, today: date, policy: Policy) -> date | None:
    """Return the last day to pay a code that is asked for today; None for cards, and without a calendar.

    It is the invoice's due date; a code that is asked for late has the days of a first invoice.
    """
    if policy.calendar is None or kind not in CODES:
        return None
    days = policy.calendar.of_method(kind).first_due_days
    return max(invoice_due_on, banking_day_from(today + timedelta(days=days), policy.banking_days))


def record_code(payment: Payment, notice: PaymentAuthorized, policy: Policy) -> Payment:
    """Return *payment* with the code that was handed out for it, and how long that is paid and heard of."""
    until = notice.expires_at
    if until is not None and payment.method is not None and policy.calendar is not None:
        payment = replace(payment, heard_until=_hearing_end(payment.method.kind, until, policy))
    return replace(
        payment,
        expires_at=until or payment.expires_at,
        pix=notice.pix or payment.pix,
        boleto=notice.boleto or payment.boleto,
    )


def _hearing_end(kind: MethodKind, payable_until: datetime, policy: Policy) -> datetime:
    """Return until when it can be heard that a code was paid in time (rule 19)."""
    days = policy.calendar.of_method(kind).settlement_days if policy.calendar else 0
    if not days:
        return payable_until
    last_day = local_date(payable_until - timedelta(milliseconds=1), policy.timezone)
    paid_on = banking_day_from(last_day, policy.banking_days)
    heard_on = add_banking_days(paid_on, days, policy.banking_days)
    return start_of_day(heard_on + timedelta(days=1), policy.timezone)
