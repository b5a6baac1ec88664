"""Rule 16: stopping service for a while."""

from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.errors.subscriptions import (
    AlreadyPaused,
    CancellationScheduled,
    NotPaused,
    SubscriptionNotActive,
)
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PaymentMethodUpdated,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.invoice import CreditNote, InvoiceKind
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import BillingCycle, Period
from ciclo.domain.subscription import Status
from tests.builders import (
    CARD,
    CUSTOMER,
    OTHER_CARD,
    PIX,
    POLICY,
    SUBSCRIPTION,
    Story,
    noon,
    service,
    terms,
    unused,
)

JAN_1, JAN_16, JAN_20, FEB_1 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 20), date(2026, 2, 1)
MAR_1, MAR_11, APR_1 = date(2026, 3, 1), date(2026, 3, 11), date(2026, 4, 1)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
PAUSE, RESUME = SubscriptionPaused(reason="holidays"), SubscriptionResumed()


def paid(on: date = JAN_1, method: PaymentMethod = CARD) -> Story:
    return Story(on, of=BASIC, method=method).start().pay(at=on)


def test_the_unused_days_go_onto_the_balance_by_a_credit_note() -> None:
    story = paid().tell(PAUSE, at=JAN_16)

    sub = story.subscription
    assert (sub.status, sub.paused_on, sub.next_billing_date) == (Status.PAUSED, JAN_16, None)
    (note,) = story.account.credit_notes
    assert note == CreditNote(
        id=note.id,
        invoice_id=story.invoice.id,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        currency="BRL",
        # The day of the pause is not billed: 2990 x 16/31 = 1543.23
        lines=(unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),),
        amount=1543,
        reason="pause",
        issued_at=noon(JAN_16),
    )
    assert (story.account.credit, mrr_of(sub), story.last.outcome) == (1543, 0, Outcome.PAUSED)


def test_nothing_falls_due_in_a_pause() -> None:
    story = paid().tell(PAUSE, at=JAN_16)

    assert next_due_event(story.account, POLICY) is None
    assert len(story.until(date(2027, 1, 1)).invoices) == 1


def test_it_is_billed_again_from_the_day_on_which_it_is_resumed_to_the_next_boundary() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_11)

    # The anchor is kept: 21 of the 31 days from Mar 1; 2990 x 21/31 = 2025.48
    assert story.invoice.lines == (service(BASIC, MAR_11, APR_1, total_days=31, amount=2025),)
    assert (story.invoice.kind, story.invoice.credit_applied, story.invoice.total) == (
        InvoiceKind.RESUMPTION,
        1543,
        482,
    )
    sub = story.subscription
    assert (sub.status, sub.anchor, sub.period) == (Status.ACTIVE, JAN_1, Period(MAR_11, APR_1))
    assert (sub.paused_on, sub.next_billing_date, story.last.outcome) == (None, APR_1, Outcome.RESUMED)

    story.pay(at=MAR_11).until(APR_1)
    assert story.invoice.period == Period(APR_1, date(2026, 5, 1))


def test_resumed_in_the_same_period_the_boundary_stays() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=JAN_20)

    # 12 days: 2990 x 12/31 = 1157.42; four days were saved
    assert story.invoice.lines == (service(BASIC, JAN_20, FEB_1, total_days=31, amount=1157),)
    assert (story.invoice.total, story.account.credit) == (0, 386)
    assert story.until(FEB_1).invoice.period == Period(FEB_1, MAR_1)


def test_a_pause_that_is_taken_back_on_its_day_costs_nothing() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=JAN_16)

    assert (story.invoice.total, story.account.credit) == (0, 0)


def test_resumed_on_a_boundary_it_is_billed_in_full() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_1)

    assert story.invoice.lines == (service(BASIC, MAR_1, APR_1, total_days=31, amount=2990),)


def test_the_end_of_a_month_is_kept_as_the_anchor() -> None:
    jan_31 = date(2026, 1, 31)
    story = paid(jan_31).tell(PAUSE, at=date(2026, 2, 10)).tell(RESUME, at=MAR_11)

    # The period Feb 28 - Mar 31 has 31 days
    assert story.invoice.lines == (service(BASIC, MAR_11, date(2026, 3, 31), total_days=31, amount=1929),)
    assert story.subscription.anchor == jan_31


def test_it_can_be_paused_again_and_gives_back_what_the_resumption_billed() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_11).pay(at=MAR_11)
    story.tell(PAUSE, at=date(2026, 3, 22))

    # 10 days: 2990 x 10/31 = 964.52, of an invoice that the balance paid in part
    assert story.account.credit_notes[1].lines == (
        unused(BASIC, date(2026, 3, 22), APR_1, total_days=31, amount=-965),
    )
    assert story.account.credit == 965


def test_after_an_upgrade_it_gives_back_what_the_upgrade_billed() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16).tell(PAUSE, at=JAN_20)

    # 5990 x 12/31 = 2318.71, though the upgrade itself asked for 1549 only
    assert story.account.credit == 2319


@pytest.mark.parametrize(
    ("change", "line", "anchor"),
    [
        (
            PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END),
            # 5990 x 21/31 = 4057.74
            service(PLUS, MAR_11, APR_1, total_days=31, amount=4058),
            JAN_1,
        ),
        (
            PlanChanged(
                terms=terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL),
                timing=ChangeTiming.PERIOD_END,
            ),
            # Another interval begins a full period
            service(
                terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL),
                MAR_11,
                date(2027, 3, 11),
                total_days=365,
                amount=29_900,
            ),
            MAR_11,
        ),
    ],
)
def test_a_change_that_was_due_meanwhile_is_made_on_resuming(
    change: PlanChanged, line: object, anchor: date
) -> None:
    story = paid().tell(change, at=date(2026, 1, 10)).tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_11)

    assert story.invoice.lines == (line,)
    sub = story.subscription
    assert (sub.terms, sub.pending_change, sub.anchor) == (change.terms, None, anchor)


def test_a_change_that_is_not_due_yet_still_waits() -> None:
    change = PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END)
    story = paid().tell(change, at=date(2026, 1, 10)).tell(PAUSE, at=JAN_16).tell(RESUME, at=JAN_20)

    assert (story.subscription.terms, story.subscription.pending_change) == (BASIC, PLUS)


def test_a_resumption_that_fails_is_dunned_like_any_invoice() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_11).decline(at=MAR_11)

    assert story.subscription.status is Status.PAST_DUE


def test_the_method_can_be_changed_in_a_pause() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(PaymentMethodUpdated(method=OTHER_CARD), at=JAN_20)

    assert (story.subscription.method, story.last.follow_ups) == (OTHER_CARD, ())


def test_cancelled_in_a_pause_nothing_is_credited_twice() -> None:
    story = paid().tell(PAUSE, at=JAN_16)
    leave = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story.tell(leave, at=JAN_20)

    assert (story.subscription.status, story.account.credit) == (Status.CANCELLED, 1543)


@pytest.mark.parametrize(
    ("story", "payload", "refusal", "code"),
    [
        (paid().tell(PAUSE, at=JAN_16), PAUSE, AlreadyPaused, ErrorCode.ALREADY_PAUSED),
        (Story(JAN_1).start(), PAUSE, SubscriptionNotActive, ErrorCode.SUBSCRIPTION_NOT_ACTIVE),
        (
            Story(JAN_1, trial_days=30).start(),
            PAUSE,
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
        ),
        (
            Story(JAN_1).start().decline(at=JAN_1),
            PAUSE,
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
        ),
        (
            paid().tell(CancellationRequested(), at=JAN_16),
            PAUSE,
            CancellationScheduled,
            ErrorCode.CANCELLATION_SCHEDULED,
        ),
        (
            paid(method=PIX).until(FEB_1),
            PAUSE,
            InvoiceUnpaid,
            ErrorCode.INVOICE_UNPAID,
        ),
        (paid(), RESUME, NotPaused, ErrorCode.NOT_PAUSED),
        (
            paid().tell(CancellationRequested(immediately=True), at=JAN_16),
            RESUME,
            NotPaused,
            ErrorCode.NOT_PAUSED,
        ),
    ],
)
def test_a_pause_or_its_end_is_refused(
    *, story: Story, payload: Payload, refusal: type[BillingError], code: ErrorCode
) -> None:
    before = story.account

    with pytest.raises(refusal) as refused:
        story.tell(payload, at=JAN_20)

    assert (refused.value.code, refused.value.field) == (code, ("subscription_id",))
    assert story.account is before


def test_a_card_is_charged_for_what_the_balance_does_not_pay() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=MAR_11)

    (order,) = story.last.follow_ups
    assert (order.payload.amount, order.payload.method) == (482, CARD)
