"""Documents as they were written by older versions: they are read as what their events amount to."""

from datetime import date

from ciclo.domain.events.facts import PaymentDisputed
from ciclo.domain.payment import Payment
from ciclo.store.codec import decode, encode
from tests.builders import Story

JAN_1, JAN_5 = date(2026, 1, 1), date(2026, 1, 5)


def test_a_dispute_of_before_its_end_had_a_date_is_what_its_event_makes_of_the_payment() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1)
    story.tell(PaymentDisputed(payment_id=story.payment().id, amount=2990, currency="BRL"), at=JAN_5)
    document = encode(story.payment())
    del document["dispute_closed_at"]

    assert document["disputed"] is True
    assert decode(document, Payment) == story.payment()
