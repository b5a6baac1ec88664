"""What providers may report of a payment, drawn: a generator for each type that the table of rules has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

from hypothesis import strategies as st

from ciclo.domain.account import Account
from ciclo.domain.events.event import Event, Payload
from ciclo.domain.events.facts import (
    ChargeDropped,
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    ProviderFact,
    RefundFailed,
    SubscriptionRegistered,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.lifecycle.apply import RULES
from ciclo.domain.payment import Payment, PixCode
from tests.builders import PIX, event

JAN_1 = date(2026, 1, 1)
CODES = st.sampled_from(["insufficient_funds", "lost_card", "expired"])
DAYS = st.integers(0, 12)
DISPUTES = st.sampled_from(["dp_1", "dp_2"])


@dataclass(frozen=True, kw_only=True)
class Told:
    """A payment, and what was drawn of it so far."""

    account: Account
    payment: Payment
    reports: Sequence[Event]

    def amount_left(self) -> int:
        """Return what of the payment can go back: what came, at most what was asked for."""
        came = [one.payload.amount for one in self.reports if isinstance(one.payload, PaymentSucceeded)]
        asked = self.payment.amount
        return min([asked, *came]) - self.payment.reserved_amount

    def day_after_paying(self, draw: st.DrawFn) -> int:
        paid = [one.occurred_at for one in self.reports if isinstance(one.payload, PaymentSucceeded)]
        return max(((at - self.payment.created_at).days for at in paid), default=0) + draw(DAYS)


def successes(draw: st.DrawFn, told: Told) -> list[Event]:
    """Draw reports of one money, of all that is asked for or of another amount, and of more by other ways."""
    payment = told.payment
    days = draw(st.lists(DAYS, max_size=2))
    amount = draw(st.one_of(st.just(payment.amount), st.integers(1, 2 * payment.amount)))
    reports = [
        report(payment, day, success(payment, amount=amount), key=f"paid {n}") for n, day in enumerate(days)
    ]
    if days and draw(st.integers(0, 3)) == 0:
        more = success(payment, amount=draw(st.integers(1, payment.amount)), reference=None)
        reports.append(report(payment, draw(DAYS), more, key="more"))
    return reports


def failures(draw: st.DrawFn, told: Told) -> list[Event]:
    drawn = draw(st.lists(st.tuples(DAYS, st.sampled_from([None, 1, 2]), CODES, st.booleans()), max_size=2))
    return [
        report(
            told.payment,
            day,
            PaymentFailed(
                amount=told.payment.amount,
                currency="BRL",
                payment_id=told.payment.id,
                attempt=attempt,
                failure_code=code,
                hard=hard,
            ),
            key=f"failed {place}",
        )
        for place, (day, attempt, code, hard) in enumerate(drawn)
    ]


def references(draw: st.DrawFn, told: Told) -> list[Event]:
    payment = told.payment
    return [
        report(
            payment,
            day,
            PaymentAuthorized(
                payment_id=payment.id,
                provider="sandbox",
                provider_reference=f"ch_{day}",
                pix=PixCode(copy_paste="00020126") if payment.method == PIX else None,
            ),
            key=f"taken {place}",
        )
        for place, day in enumerate(draw(st.lists(DAYS, max_size=2)))
    ]


def dropped_charges(draw: st.DrawFn, told: Told) -> list[Event]:
    if draw(st.integers(0, 2)):
        return []
    over = ChargeDropped(payment_id=told.payment.id, attempt=draw(st.integers(1, 2)))
    return [report(told.payment, draw(DAYS), over, key="dropped")]


def disputes(draw: st.DrawFn, told: Told) -> list[Event]:
    return [
        report(
            told.payment,
            day,
            PaymentDisputed(
                payment_id=told.payment.id,
                amount=draw(st.integers(1, told.payment.amount)),
                currency="BRL",
                dispute_id=name,
            ),
            key=f"disputed {place}",
        )
        for place, (day, name) in enumerate(draw(st.lists(st.tuples(DAYS, DISPUTES), max_size=2)))
    ]


def ends_of_disputes(draw: st.DrawFn, told: Told) -> list[Event]:
    return [
        report(
            told.payment,
            day,
            DisputeClosed(payment_id=told.payment.id, won=won, dispute_id=name),
            key=f"closed {place}",
        )
        for place, (day, won, name) in enumerate(
            draw(st.lists(st.tuples(DAYS, st.booleans(), DISPUTES), max_size=3))
        )
    ]


def refunds(draw: st.DrawFn, told: Told) -> list[Event]:
    """Draw refunds that were made at the provider, and the ends of those that Ciclo asked for."""
    payment = told.payment
    left = told.amount_left() - told.account.invoices[payment.invoice_id].credited
    amounts = {one.id: one.amount for one in payment.refunds if draw(st.booleans())}
    for place, amount in enumerate(draw(st.lists(st.integers(1, payment.amount), max_size=2))):
        if amount <= left:
            left -= amount
            amounts[RefundId(f"ref_{place}")] = amount
    return [
        report(
            payment,
            told.day_after_paying(draw),
            returned(payment, amount, refund_id=id_),
            key=f"returned {id_}",
        )
        for id_, amount in amounts.items()
    ]


def failed_refunds(draw: st.DrawFn, told: Told) -> list[Event]:
    """Draw failures of refunds, before or after what else is told of them: the provider's time decides."""
    amounts = {one.id: one.amount for one in told.payment.refunds}
    told_of = [one.payload for one in told.reports if isinstance(one.payload, PaymentRefunded)]
    amounts |= {one.refund_id: one.amount for one in told_of if one.refund_id is not None}
    return [
        report(
            told.payment,
            told.day_after_paying(draw),
            lost(told.payment, amount, refund_id=id_),
            key=f"lost {id_}",
        )
        for id_, amount in amounts.items()
        if draw(st.booleans())
    ]


def registrations(draw: st.DrawFn, told: Told) -> list[Event]:
    # A subscription is registered once; that of each of its payments is the same event again.
    known = event(SubscriptionRegistered(reference="cus_42"), at=JAN_1, key="registered")
    return [known] if draw(st.booleans()) else []


GENERATORS: dict[type, Callable[[st.DrawFn, Told], list[Event]]] = {
    PaymentSucceeded: successes,
    PaymentFailed: failures,
    PaymentAuthorized: references,
    ChargeDropped: dropped_charges,
    PaymentDisputed: disputes,
    DisputeClosed: ends_of_disputes,
    PaymentRefunded: refunds,
    RefundFailed: failed_refunds,
    SubscriptionRegistered: registrations,
}

REPORTED = [kind for kind in RULES if kind in get_args(ProviderFact)]


def draw_reports(draw: st.DrawFn, account: Account, payment: Payment) -> list[Event]:
    """Draw what a provider may report of one payment; a refund is drawn when it is known what was paid."""
    reports: list[Event] = []
    for kind in sorted(REPORTED, key=list(GENERATORS).index):
        reports += GENERATORS[kind](draw, Told(account=account, payment=payment, reports=reports))
    return reports


def success(
    payment: Payment, *, amount: int | None = None, reference: str | None = "ch_paid"
) -> PaymentSucceeded:
    return PaymentSucceeded(
        amount=amount or payment.amount,
        currency="BRL",
        payment_id=payment.id,
        provider="sandbox" if reference else None,
        provider_reference=reference,
    )


def returned(payment: Payment, amount: int, *, refund_id: RefundId) -> PaymentRefunded:
    return PaymentRefunded(amount=amount, currency="BRL", payment_id=payment.id, refund_id=refund_id)


def lost(payment: Payment, amount: int, *, refund_id: RefundId) -> RefundFailed:
    return RefundFailed(payment_id=payment.id, refund_id=refund_id, amount=amount)


def report(payment: Payment, day: int, payload: Payload, *, key: str) -> Event:
    at = payment.created_at + timedelta(days=day, hours=1)
    return event(payload, at=at, key=f"{payment.id} {key}")
