"""Rules 14 and 32: lines that wait for the next invoice, and a renewal that is billed ahead."""

from dataclasses import replace

from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    PaymentMethodUpdated,
    PlanChanged,
    Proration,
    SubscriptionPaused,
)
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, Story, service, unused
from tests.domain.calendars import PLAN, day, hand_out, running, tell_days

TWO, THREE = replace(PLAN, quantity=2), replace(PLAN, quantity=3)
START, CHANGED, ISSUED, BOUNDARY = day("01-28"), day("02-10"), day("02-21"), day("02-28")
# Of 31 days: 7990 x 18/31 = 4639.35; 15980 x 18/31 = 9278.71
BACK = unused(PLAN, CHANGED, BOUNDARY, total_days=31, amount=-4639)
CHARGE = service(TWO, CHANGED, BOUNDARY, total_days=31, amount=9279)
NEXT = service(TWO, BOUNDARY, day("03-28"), total_days=28, amount=15980)


def seats(to: int, proration: Proration = Proration.NEXT_INVOICE) -> PlanChanged:
    terms = replace(PLAN, quantity=to)
    return PlanChanged(terms=terms, timing=ChangeTiming.IMMEDIATE, proration=proration)


def billed_ahead() -> Story:
    """Return one with a second seat since February 10, which the renewal of the 21st bills."""
    story = running(BOLETO, on=START, until=CHANGED)
    return tell_days(story.tell(seats(2), at=CHANGED), until=ISSUED)


def totals(story: Story) -> list[tuple[int, InvoiceStatus]]:
    """Return what was issued after the first invoice."""
    return [(one.total, one.status) for one in story.invoices[1:]]


def billed(story: Story) -> list[tuple[Line, ...]]:
    """Return the lines of what was issued after the first invoice, and is not voided."""
    return [one.lines for one in story.invoices[1:] if one.voided_at is None]


def test_the_renewal_has_them_and_they_wait_until_it_is_paid() -> None:
    story = billed_ahead()
    assert story.invoice.lines == (BACK, CHARGE, NEXT)
    assert (story.subscription.waiting_lines, story.subscription.unbilled_lines) == ((BACK, CHARGE), ())

    story.pay(at=day("02-22"))
    sub = story.subscription
    assert (sub.waiting, sub.coverage and sub.coverage.line) == (None, CHARGE)
    tell_days(story, until=day("03-01"))
    assert totals(story) == [(4640 + 15980, InvoiceStatus.PAID)]
    assert story.subscription.coverage
    assert story.subscription.coverage.line == NEXT


def test_unpaid_it_bills_them_on_the_boundary_all_the_same() -> None:
    story = tell_days(billed_ahead(), until=BOUNDARY)

    assert (story.last.outcome, story.subscription.waiting) == (Outcome.PERIOD_BEGUN, None)
    assert totals(story) == [(20620, InvoiceStatus.PENDING)]


def test_another_change_has_it_issued_anew_with_what_waits_by_then() -> None:
    story = billed_ahead().tell(seats(3), at=day("02-22"))
    tell_days(story, until=day("02-23"))

    # 15980 x 12/31 = 6185.81; 23970 x 6/31 = 4639.35
    assert billed(story) == [
        (
            BACK,
            service(TWO, CHANGED, day("02-22"), total_days=31, amount=6186),
            service(THREE, day("02-22"), BOUNDARY, total_days=31, amount=4639),
            service(THREE, BOUNDARY, day("03-28"), total_days=28, amount=23970),
        )
    ]


def test_after_it_was_paid_only_the_next_period_is_credited() -> None:
    story = billed_ahead().pay(at=day("02-22")).tell(seats(3), at=day("02-23"))
    tell_days(story, until=day("02-24"))

    # 15980 x 5/31 = 2577.42; 23970 x 5/31 = 3866.13; 2577 + 15980 came back, 3866 + 23970 are charged
    assert [note.amount for note in story.account.credit_notes] == [15980]
    assert [line.amount for line in story.invoice.lines] == [-2577, 3866, 23970]
    assert (story.invoice.credit_applied, story.invoice.total) == (15980, 9279)


def test_a_pause_keeps_what_was_served_for_the_resumption() -> None:
    story = billed_ahead().tell(SubscriptionPaused(), at=day("02-22"))

    # 18 of 31 days of one seat come back, 12 days of two are charged: -4639 + 6186
    assert totals(story) == [(20620, InvoiceStatus.CANCELLED)]
    assert [line.amount for line in story.subscription.waiting_lines] == [-4639, 6186]


def test_a_pause_after_it_was_paid_credits_both_periods() -> None:
    story = billed_ahead().pay(at=day("02-22")).tell(SubscriptionPaused(), at=day("02-24"))

    # 15980 x 4/31 = 2061.94
    assert sorted(note.amount for note in story.account.credit_notes) == [2062, 15980]
    assert (story.subscription.status, story.subscription.waiting) == (Status.PAUSED, None)


def test_an_end_withdraws_it_and_bills_what_was_served() -> None:
    story = billed_ahead().tell(CancellationRequested(immediately=True), at=day("02-22"))

    # 12 days of one more seat: -7990 x 12/31 = -3092.90, 6185.81
    assert totals(story) == [(20620, InvoiceStatus.CANCELLED), (3093, InvoiceStatus.PENDING)]
    assert [line.amount for line in story.invoice.lines] == [-3093, 6186]


def test_a_scheduled_end_withdraws_it_and_what_waits_is_billed_at_the_end() -> None:
    story = billed_ahead().tell(CancellationRequested(), at=day("02-22"))
    assert story.subscription.unbilled_lines == (BACK, CHARGE)

    tell_days(story, until=BOUNDARY)
    assert totals(story) == [(20620, InvoiceStatus.CANCELLED), (4640, InvoiceStatus.PENDING)]


def being_charged() -> Story:
    """Return one whose renewal is charged by a card that was given since: its answer is to come."""
    return billed_ahead().tell(PaymentMethodUpdated(method=CARD), at=day("02-22"))


def test_ended_while_a_card_is_charged_for_it_all_of_it_comes_back_and_what_was_served_is_owed() -> None:
    story = being_charged().tell(CancellationRequested(immediately=True), at=day("02-22"))
    renewal, last = story.invoices[1:]
    story.pay(at=day("02-22"), invoice=renewal)

    (note,) = story.account.credit_notes
    assert (note.amount, story.account.credit) == (20620, 20620)
    assert [line.amount for line in note.lines] == [4639, -9279, -15980]
    assert (last.total, story.account.invoices[last.id].is_open) == (3093, True)


def test_changed_while_a_card_is_charged_for_it_all_of_it_pays_for_what_is_billed_instead() -> None:
    story = being_charged().tell(seats(3), at=day("02-22"))
    renewal = story.invoices[1]
    story.pay(at=day("02-22"), invoice=renewal)
    story.until(day("02-28"))

    # -4639 + 6186 + 4639 + 23970 = 30156, of which 20620 were paid
    assert (story.invoice.subtotal, story.invoice.total) == (30156, 9536)


def test_declined_it_is_voided_and_they_wait_on() -> None:
    story = being_charged().tell(seats(3), at=day("02-22"))
    story.decline(at=day("02-22"), invoice=story.invoices[1])

    assert totals(story) == [(20620, InvoiceStatus.CANCELLED)]
    assert len(story.subscription.unbilled_lines) == 3


def test_paid_it_drops_a_change_that_would_bill_them_too() -> None:
    story = hand_out(billed_ahead().tell(seats(3, Proration.NOW), at=day("02-22")))
    renewal, asked = story.invoices[1:]
    assert asked.kind is InvoiceKind.PLAN_CHANGE
    story.pay(at=day("02-23"), invoice=renewal)

    assert story.subscription.awaited_change is None
    assert [one.status for one in story.invoices[1:]] == [InvoiceStatus.PAID, InvoiceStatus.CANCELLED]
    assert (story.subscription.terms, story.account.credit) == (TWO, 0)


def test_that_change_paid_first_has_the_renewal_issued_anew_without_them() -> None:
    story = hand_out(billed_ahead().tell(seats(3, Proration.NOW), at=day("02-22")))
    renewal, asked = story.invoices[1:]
    story.pay(at=day("02-23"), invoice=asked)
    tell_days(story, until=day("02-23"))

    assert story.account.invoices[renewal.id].status is InvoiceStatus.CANCELLED
    assert [line.amount for line in asked.lines] == [-4639, 6186, 4639]
    assert [line.amount for line in story.invoice.lines] == [23970]


def test_a_suspension_that_ends_bills_no_days_that_wait_for_an_invoice_already() -> None:
    """The renewal is unpaid, a seat of March 2 waits, and a late code pays the debt."""
    story = tell_days(
        running(BOLETO, on=START, until=BOUNDARY).tell(seats(2), at=day("03-02")), until=day("03-13")
    )
    assert (story.subscription.status, len(story.subscription.unbilled_lines)) == (Status.SUSPENDED, 2)
    story.pay(at=day("03-14"))

    assert (story.subscription.status, len(story.invoices)) == (Status.ACTIVE, 2)
    assert len(story.subscription.unbilled_lines) == 2


def test_a_boundary_waits_for_the_card_that_is_charged_for_what_is_not_to_come_so() -> None:
    story = being_charged().tell(seats(3), at=day("02-22"))
    tell_days(story, until=day("03-01"))
    assert story.subscription.period.end == BOUNDARY

    # Declined at last, it is voided, and each line that waited is billed once, with the period that began
    story.decline(at=day("03-01"), invoice=story.invoices[1])
    tell_days(story, until=day("03-01"))
    assert [(one.subtotal, one.status) for one in story.invoices[1:]] == [
        (20620, InvoiceStatus.CANCELLED),
        (30156, InvoiceStatus.PENDING),
    ]
    assert (story.subscription.period.start, story.subscription.waiting) == (BOUNDARY, None)


def test_a_scheduled_end_waits_for_no_card() -> None:
    story = being_charged().tell(CancellationRequested(), at=day("02-22"))
    tell_days(story, until=BOUNDARY)

    assert story.subscription.status is Status.CANCELLED
