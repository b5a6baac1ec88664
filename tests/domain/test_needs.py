"""What is loaded for an event besides the open invoices: its rule says it."""

from datetime import date

import pytest

from ciclo.domain.events.commands import (
    Command,
    InvoiceVoided,
    PlanChanged,
    Proration,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import Fact, PaymentFailed, PaymentSucceeded
from ciclo.domain.ids import InvoiceId, PaymentId, RefundId
from ciclo.domain.lifecycle import find_wanted
from ciclo.domain.lifecycle.needs import Wanted, want_in_any_case
from tests.builders import Story, event
from tests.domain.plans import PLUS, paid

JAN_1 = date(2026, 1, 1)
INVOICE, PAYMENT = InvoiceId("inv_1"), PaymentId("pay_1")
SERVED = Story(JAN_1).start()


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (SubscriptionResumed(), Wanted()),
        (InvoiceVoided(invoice_id=INVOICE), Wanted(invoice_id=INVOICE)),
        (
            RefundCreated(refund_id=RefundId("ref_1"), payment_id=PAYMENT, amount=None),
            Wanted(payment_id=PAYMENT),
        ),
        (PaymentSucceeded(amount=2990, currency="BRL", payment_id=PAYMENT), Wanted(payment_id=PAYMENT)),
        (PaymentFailed(amount=2990, currency="BRL"), Wanted(amount=2990, newest=True)),
        (SubscriptionPaused(), Wanted(invoice_id=SERVED.invoice.id)),
    ],
)
def test_a_rule_sees_what_its_event_names_or_resembles_or_gives_back(
    payload: Command | Fact, wanted: Wanted
) -> None:
    assert find_wanted(event(payload, at=JAN_1), SERVED.subscription) == wanted


def test_what_waits_for_an_invoice_credits_one_that_is_seen_in_any_case() -> None:
    waits = paid().tell(PlanChanged(terms=PLUS, proration=Proration.NEXT_INVOICE), at=JAN_1)

    assert want_in_any_case(waits.subscription) == {waits.invoice.id}
    assert want_in_any_case(waits.until(date(2026, 2, 1)).subscription) == set()


def test_before_service_there_is_nothing_to_give_back() -> None:
    trial = Story(JAN_1, trial_days=7).start().subscription

    assert find_wanted(event(SubscriptionPaused(), at=JAN_1), trial) == Wanted()
