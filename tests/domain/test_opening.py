"""How a subscription begins: created, taken up by a worker, waiting for its first payment."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ciclo.domain.account import Account
from ciclo.domain.events.commands import CancellationRequested, InvoicePaymentRequested, InvoiceVoided
from ciclo.domain.events.facts import (
    PaymentExpired,
    PaymentSucceeded,
    PendingExpired,
    SubscriptionRegistered,
)
from ciclo.domain.events.orders import ChargeRequested, RegistrationRequested
from ciclo.domain.invoice import Invoice, InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle import Outcome, next_due_event, open_account
from ciclo.domain.payment import Payment, PaymentStatus
from ciclo.domain.period import BillingCycle, Period
from ciclo.domain.subscription import Coverage, EndReason, Status, Subscription
from tests.builders import CARD, CUSTOMER, PIX, POLICY, SUBSCRIPTION, Story, noon, service, terms

JAN_1, JAN_31, FEB_1 = date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)


def test_a_new_subscription_waits_to_be_taken_up() -> None:
    story = Story(JAN_31, of=terms(2990))

    assert open_account(story.created, story.created.payload) == Account(
        subscription=Subscription(
            id=SUBSCRIPTION,
            customer_id=CUSTOMER,
            status=Status.PENDING,
            terms=terms(2990),
            method=CARD,
            created_at=noon(JAN_31),
            anchor=JAN_31,
            period=Period(JAN_31, date(2026, 2, 28)),
            next_billing_date=date(2026, 2, 28),
        ),
        invoices={},
        payments={},
    )
    assert next_due_event(story.account, POLICY) is None


def test_without_a_trial_the_first_invoice_is_issued_and_charged_at_once() -> None:
    story = Story(JAN_1, of=terms(2990)).start()
    line = service(terms(2990), JAN_1, FEB_1, total_days=31, amount=2990)

    invoice, payment = story.invoice, story.payment()
    assert invoice == Invoice(
        id=invoice.id,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        kind=InvoiceKind.PERIOD,
        status=InvoiceStatus.PENDING,
        currency="BRL",
        lines=(line,),
        subtotal=2990,
        tax=0,
        credit_applied=0,
        total=2990,
        period=Period(JAN_1, FEB_1),
        issued_at=noon(JAN_1),
        due_on=JAN_1,
    )
    assert payment == Payment(
        id=payment.id,
        invoice_id=invoice.id,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        amount=2990,
        currency="BRL",
        method=CARD,
        status=PaymentStatus.PENDING,
        created_at=noon(JAN_1),
        attempts=1,
    )
    assert [order.payload for order in story.last.follow_ups] == [
        RegistrationRequested(customer_id=CUSTOMER),
        ChargeRequested(
            payment_id=payment.id,
            invoice_id=invoice.id,
            customer_id=CUSTOMER,
            attempt=1,
            amount=2990,
            currency="BRL",
            method=CARD,
        ),
    ]
    sub = story.subscription
    assert (sub.status, sub.started, sub.version) == (Status.PENDING, True, 1)
    assert sub.coverage == Coverage(invoice_id=invoice.id, line=line)
    assert story.last.outcome is Outcome.INVOICE_ISSUED


def test_the_first_payment_makes_it_active() -> None:
    story = Story(JAN_1).start().pay(at=date(2026, 1, 3))

    sub = story.subscription
    assert (sub.status, sub.activated_at) == (Status.ACTIVE, noon(date(2026, 1, 3)))
    assert sub.first_paid_at == noon(date(2026, 1, 3))
    # It was due on Jan 1: service begins when it is paid
    assert (sub.anchor, sub.next_billing_date) == (date(2026, 1, 3), date(2026, 2, 3))
    assert (story.invoice.status, story.invoice.paid_at) == (
        InvoiceStatus.PAID,
        noon(date(2026, 1, 3)),
    )
    assert story.last.outcome is Outcome.PAYMENT_RECORDED


def test_a_payment_that_is_dated_before_the_creation_counts_from_the_creation() -> None:
    story = Story(JAN_1).start().pay(at=date(2025, 1, 1))

    assert (story.subscription.activated_at, story.invoice.paid_at) == (noon(JAN_1), noon(date(2025, 1, 1)))


def test_a_free_plan_is_active_at_once_and_asks_for_no_money() -> None:
    story = Story(JAN_1, of=terms(0)).start()

    assert story.subscription.status is Status.ACTIVE
    assert (story.invoice.status, story.invoice.total) == (InvoiceStatus.PAID, 0)
    assert [order.type for order in story.last.follow_ups] == ["registration_requested"]


def test_a_balance_that_pays_it_all_makes_it_active_at_once() -> None:
    story = Story(JAN_1, of=terms(2990), credit=3000).start()

    assert story.subscription.status is Status.ACTIVE
    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (2990, 0, 10)
    assert story.invoice.paid_at == noon(JAN_1)


def test_without_a_payment_method_it_waits_and_is_not_dunned() -> None:
    story = Story(JAN_1, method=None).start()

    assert (story.subscription.status, story.invoice.dunning) == (Status.PENDING, None)
    assert story.account.payments == {}


def test_taking_it_up_twice_changes_nothing() -> None:
    story = Story(JAN_1).start()
    before = story.account
    story.tell(story.created)

    assert story.last.outcome is Outcome.IGNORED
    assert story.account == replace(before, subscription=replace(before.subscription, version=2))


def test_a_payment_that_comes_first_takes_it_up_and_asks_for_no_charge() -> None:
    story = Story(JAN_1).tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_1)

    assert story.subscription.status is Status.ACTIVE
    assert [order.type for order in story.last.follow_ups] == ["registration_requested"]


def test_cancelled_before_it_is_taken_up_nothing_is_ever_billed() -> None:
    story = Story(JAN_1).tell(CancellationRequested(), at=JAN_1).start()

    assert (story.subscription.status, story.invoices) == (Status.CANCELLED, ())
    assert story.last.outcome is Outcome.IGNORED


def test_the_billing_systems_reference_is_kept() -> None:
    story = Story(JAN_1).start().tell(SubscriptionRegistered(reference="cus_42"), at=JAN_1)

    assert story.subscription.registration == "cus_42"
    assert story.last.outcome is Outcome.RECORDED


# The first payment never comes


@pytest.mark.parametrize(
    ("on", "cycle", "expires_on"),
    [
        # 30 days, but not beyond the period that would have been paid
        (JAN_1, BillingCycle.MONTHLY, JAN_31),
        (JAN_1, BillingCycle.ANNUAL, JAN_31),
        (FEB_1, BillingCycle.MONTHLY, date(2026, 3, 1)),
    ],
)
def test_a_beginning_that_nobody_pays_is_given_up_without_a_debt(
    on: date, cycle: BillingCycle, expires_on: date
) -> None:
    story = Story(on, of=terms(cycle=cycle), method=None, credit=1000).start().until(expires_on)

    sub = story.subscription
    assert (sub.status, sub.end_reason) == (Status.CANCELLED, EndReason.NEVER_PAID)
    assert sub.ended_at == datetime(expires_on.year, expires_on.month, expires_on.day, 3, tzinfo=UTC)
    assert (story.invoice.status, story.invoice.voided_at) == (InvoiceStatus.CANCELLED, sub.ended_at)
    # The balance that it used comes back
    assert (story.invoice.credit_applied, story.account.credit) == (1000, 1000)
    assert next_due_event(story.account, POLICY) is None


def test_the_code_that_it_waited_for_is_closed_with_it() -> None:
    story = Story(JAN_1, method=PIX).start().until(JAN_31)

    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "superseded")


def test_money_for_a_beginning_that_was_given_up_goes_onto_the_balance() -> None:
    story = Story(JAN_1, method=PIX).start().until(JAN_31).pay(at=FEB_1)

    assert (story.last.outcome, story.account.credit) == (Outcome.PAYMENT_RECORDED, 2990)
    assert story.payment().status is PaymentStatus.COMPLETED
    assert story.invoice.status is InvoiceStatus.CANCELLED
    assert (story.subscription.status, story.subscription.activated_at) == (Status.CANCELLED, None)


def test_a_failing_beginning_ends_at_its_boundary_at_the_latest() -> None:
    # Failed on Jan 25: the fourth retry would be on Feb 15
    story = Story(JAN_1).start().decline(at=date(2026, 1, 25))
    assert story.subscription.status is Status.PENDING

    for day in (date(2026, 1, 27), FEB_1):
        story.until(day)
        if story.payment().in_flight:
            story.decline(at=day)

    assert story.subscription.end_reason is EndReason.NEVER_PAID
    assert story.invoice.status is InvoiceStatus.CANCELLED


@pytest.mark.parametrize("on", [JAN_31, date(2026, 3, 1)])
def test_its_end_is_ignored_once_it_was_paid(on: date) -> None:
    story = Story(JAN_1).start().pay(at=JAN_1).tell(PendingExpired(on=on), at=on)

    assert (story.last.outcome, story.subscription.status) == (Outcome.IGNORED, Status.ACTIVE)


def test_an_end_of_another_day_is_ignored() -> None:
    story = Story(JAN_1, method=None).start().tell(PendingExpired(on=date(2026, 3, 1)), at=date(2026, 3, 1))

    assert (story.last.outcome, story.subscription.status) == (Outcome.IGNORED, Status.PENDING)


def test_an_expired_code_starts_no_dunning_before_the_first_payment() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(PaymentExpired(payment_id=story.payment().id), at=date(2026, 1, 2))

    assert (story.subscription.status, story.invoice.dunning) == (Status.PENDING, None)
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "expired")

    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=date(2026, 1, 5))
    assert [order.payload.attempt for order in story.last.follow_ups] == [1]
    assert len(story.account.payments) == 2
    story.pay(at=date(2026, 1, 5))
    assert story.subscription.status is Status.ACTIVE


def test_without_its_only_invoice_it_waits_for_nothing_and_ends() -> None:
    story = Story(JAN_1, method=None).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1).until(JAN_31)

    assert story.subscription.end_reason is EndReason.NEVER_PAID
