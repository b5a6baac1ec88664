"""Rule 23: credit that operators grant is used soonest expiry first, expires on its day, and comes back."""

from datetime import date

import pytest

from ciclo.domain.errors.general import AmountOutOfRange, BillingError, DateInPast
from ciclo.domain.errors.payments import RefundExceedsPayment
from ciclo.domain.events.commands import CreditGranted, InvoiceVoided, RefundCreated
from ciclo.domain.events.facts import CreditExpired
from ciclo.domain.ids import GrantId, RefundId
from ciclo.domain.lifecycle import Outcome
from tests.builders import PIX, Story
from tests.domain.plans import BASIC

JAN_1, JAN_2, JAN_20, JAN_21 = (date(2026, 1, day) for day in (1, 2, 20, 21))
JAN_31, FEB_1, FEB_10, FEB_11, FEB_15 = (
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 10),
    date(2026, 2, 11),
    date(2026, 2, 15),
)


def grant(name: str, amount: int, expires_on: date | None = None) -> CreditGranted:
    return CreditGranted(
        grant_id=GrantId(f"grt_{name}"), amount=amount, reason="sorry", expires_on=expires_on
    )


def left(story: Story) -> dict[str, int]:
    return {one.id: one.left for one in story.account.grants}


def used(story: Story) -> dict[str, int]:
    return {use.grant.id: use.amount for use in story.invoice.grants_used}


def paid(*, credit: int = 0) -> Story:
    story = Story(JAN_1, of=BASIC, method=PIX, credit=credit).start()
    return story if story.invoice.total == 0 else story.pay(at=JAN_1)


def test_what_expires_soonest_is_used_first_and_what_never_expires_last() -> None:
    story = paid()
    for given in (grant("ever", 1000), grant("late", 1000, FEB_15), grant("soon", 1500, FEB_10)):
        story.tell(given, at=JAN_2)
    assert story.account.credit == 3500

    # 29.90: 15.00, 10.00, and 4.90 of the 10.00 that never expire
    story.until(FEB_1)

    assert used(story) == {"grt_soon": 1500, "grt_late": 1000, "grt_ever": 490}
    assert (story.invoice.credit_applied, story.invoice.total) == (2990, 0)
    assert (story.account.credit, left(story)) == (510, {"grt_ever": 510})


def test_a_grant_is_used_before_money_on_the_balance() -> None:
    # 30.00 - 29.90 = 0.10 of money are left
    story = paid(credit=3000).tell(grant("ever", 1000), at=JAN_2).until(FEB_1)

    assert used(story) == {"grt_ever": 1000}
    assert (story.invoice.total, story.account.credit) == (2990 - 1010, 0)


def test_a_grant_expires_when_its_last_day_is_over() -> None:
    story = paid().tell(grant("soon", 1000, JAN_20), at=JAN_2)
    assert story.until(JAN_20).account.credit == 1000

    story.until(JAN_21)

    assert (story.account.credit, left(story), story.last.outcome) == (0, {}, Outcome.CREDIT_EXPIRED)
    again = CreditExpired(grant_id=GrantId("grt_soon"), on=JAN_21)
    assert story.tell(again, at=JAN_21).last.outcome is Outcome.IGNORED
    assert used(story.until(FEB_1)) == {}


def test_an_invoice_of_another_subscription_does_not_use_what_the_clock_has_not_ended_yet() -> None:
    # The bearer of the grant is another subscription, whose scheduler is late.
    other = paid().tell(grant("soon", 1000, JAN_31), at=JAN_2)
    story = paid()
    story.account = story.account.with_balance(other.account.balance)

    story.until(FEB_1)

    assert (story.invoice.credit_applied, story.account.credit) == (0, 1000)


def test_a_voided_invoice_gives_back_to_its_grants() -> None:
    story = paid()
    for given in (grant("soon", 500, FEB_10), grant("all", 400)):
        story.tell(given, at=JAN_2)
    story.until(FEB_1)
    assert left(story) == {}

    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=FEB_1)

    assert (story.account.credit, left(story)) == (900, {"grt_soon": 500, "grt_all": 400})
    # And the one that expires still does
    assert left(story.until(FEB_11)) == {"grt_all": 400}


def test_what_comes_back_after_its_day_expires_at_once() -> None:
    story = paid().tell(grant("soon", 500, FEB_1), at=JAN_2).until(date(2026, 2, 2))
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=date(2026, 2, 2))
    assert story.account.credit == 500

    assert story.until(date(2026, 2, 2)).account.credit == 0


def test_what_was_granted_is_not_paid_out() -> None:
    story = paid().tell(grant("ever", 1000), at=JAN_2)
    payout = RefundCreated(
        refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=1, from_balance=True
    )

    with pytest.raises(RefundExceedsPayment):
        story.tell(payout, at=JAN_2)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [(grant("no", 0), AmountOutOfRange), (grant("no", 1, JAN_1), DateInPast)],
)
def test_a_grant_of_nothing_or_of_yesterday_is_refused(
    given: CreditGranted, refusal: type[BillingError]
) -> None:
    with pytest.raises(refusal):
        paid().tell(given, at=JAN_2)
