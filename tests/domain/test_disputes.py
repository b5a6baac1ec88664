"""Disputes: what the payer's bank says of a payment, in whatever order it arrives."""

from datetime import date
from itertools import permutations

import pytest

from ciclo.domain.events.facts import DisputeClosed, PaymentDisputed
from ciclo.domain.lifecycle import Outcome, Review, apply
from tests.builders import POLICY, Story, event, noon

JAN_1, JAN_5, JAN_9 = date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 9)


def paid() -> Story:
    return Story(JAN_1).start().pay(at=JAN_1)


def disputed(story: Story) -> PaymentDisputed:
    return PaymentDisputed(payment_id=story.payment().id, amount=2990, currency="BRL")


def test_a_contested_payment_is_marked_and_shown_to_a_person() -> None:
    story = paid()

    story.tell(disputed(story), at=JAN_5)

    assert (story.payment().disputed, story.payment().dispute_closed_at) == (True, None)
    assert (story.last.outcome, story.last.review) == (Outcome.NEEDS_REVIEW, Review.DISPUTED)


@pytest.mark.parametrize(
    ("won", "outcome", "review"),
    [(True, Outcome.RECORDED, None), (False, Outcome.NEEDS_REVIEW, Review.DISPUTED)],
)
def test_its_end_takes_the_mark_off_and_a_loss_is_for_a_person_to_book(
    *, won: bool, outcome: Outcome, review: Review | None
) -> None:
    story = paid()

    story.tell(disputed(story), at=JAN_5).tell(
        DisputeClosed(payment_id=story.payment().id, won=won), at=JAN_9
    )

    assert (story.payment().disputed, story.payment().dispute_closed_at) == (False, noon(JAN_9))
    assert (story.last.outcome, story.last.review) == (outcome, review)


def test_a_dispute_and_its_end_come_to_the_same_in_every_order_and_as_often_as_they_are_told() -> None:
    story = paid()
    opened = event(disputed(story), at=JAN_5)
    closed = event(DisputeClosed(payment_id=story.payment().id, won=True), at=JAN_9)
    ends = set()
    for order in permutations([opened, opened, closed, closed]):
        account = story.account
        for told in order:
            account = apply(account, told, POLICY).account
        ends.add(account.payments[story.payment().id])

    (end,) = ends
    assert (end.disputed, end.dispute_closed_at) == (False, noon(JAN_9))
