"""Rule 37: invoices of items alone, fees for an end, and what waits when a subscription ends."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.subscriptions import SubscriptionNotActive
from ciclo.domain.events.commands import (
    CancellationRequested,
    CancellationRevoked,
    CreditNoteCreated,
    InvoicePaymentRequested,
    InvoiceVoided,
    PlanChanged,
    RefundCreated,
    SubscriptionPaused,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import PaymentRefunded
from ciclo.domain.events.selling import InvoiceCreated, InvoiceItemAdded
from ciclo.domain.ids import CreditNoteId, InvoiceId, ItemId, RefundId
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, LineKind, is_overdue
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lifecycle.payments.money_back import giver_of
from ciclo.domain.lines.item import ITEMS_MAX, InvoiceItem, validate_items
from ciclo.domain.lines.tax_rate import TaxRate, TaxRule
from ciclo.domain.metrics.movement import mrr_of
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.period import ChosenAnchor, FirstPeriod
from ciclo.domain.plan import PRICE_MAX
from ciclo.domain.subscription import EndReason, Status
from tests.builders import BOLETO, CARD, POLICY, Story, terms
from tests.domain.calendars import CALENDAR

JAN_1, JAN_10, FEB_1 = date(2027, 1, 1), date(2027, 1, 10), date(2027, 2, 1)
PLAN = terms(7990, trial_days=0)
VISIT = InvoiceItem(id=ItemId("itm_1"), description="Visit", unit_price=15_000, quantity=2)
FEE = InvoiceItem(id=ItemId("itm_2"), description="Early end", unit_price=9_900, is_penalty=True)
PAPER = InvoiceItem(id=ItemId("itm_3"), description="Handbook", unit_price=2_000, tax_category="paper")
TAXED = replace(CALENDAR, tax_rules=(TaxRule(rate=TaxRate(name="Fee", basis_points=100), category="paper"),))


def running(policy: object = CALENDAR, **given: object) -> Story:
    """Return a subscription at 79.90 whose first period is paid."""
    return Story(JAN_1, of=PLAN, policy=policy, **given).start().pay(at=JAN_1)  # type: ignore[arg-type]


def billed(story: Story, *items: InvoiceItem, on: date = JAN_10, due_days: int | None = None) -> Story:
    id_ = InvoiceId(f"inv_{len(story.invoices)}")
    return story.tell(InvoiceCreated(invoice_id=id_, items=items, due_days=due_days), at=on)


def test_it_is_charged_at_once_and_moves_nothing_of_the_plan() -> None:
    story = running()
    before = story.subscription
    billed(story, VISIT, FEE)

    assert (story.last.outcome, story.last.movement) == (Outcome.INVOICE_ISSUED, None)
    visit, fee = story.invoice.lines
    assert (visit.kind, visit.total, fee.kind, fee.total) == (
        LineKind.ONE_OFF,
        30_000,
        LineKind.PENALTY,
        9_900,
    )
    assert (story.invoice.kind, story.invoice.total, story.invoice.due_on) == (
        InvoiceKind.ONE_OFF,
        39_900,
        JAN_10,
    )
    story.pay(at=JAN_10)
    assert story.invoice.status is InvoiceStatus.PAID
    same = replace(
        before, version=story.subscription.version, asked_at=story.subscription.asked_at, due_at=before.due_at
    )
    assert (story.subscription, mrr_of(story.subscription)) == (same, mrr_of(before))


@pytest.mark.parametrize(
    ("given", "due_days", "due_on", "overdue_on"),
    [
        # Three days to pay, to Wednesday, and as many banking days to hear of it, to Monday
        ({"method": BOLETO}, None, date(2027, 1, 13), date(2027, 1, 19)),
        ({"method": None}, None, date(2027, 1, 13), date(2027, 1, 14)),
        ({"method": None}, 30, date(2027, 2, 9), date(2027, 2, 10)),
    ],
)
def test_it_is_due_by_the_calendar_or_when_it_says(
    given: dict[str, object], due_days: int | None, due_on: date, overdue_on: date
) -> None:
    story = Story(JAN_1, of=PLAN, policy=CALENDAR, **given).start()  # type: ignore[arg-type]
    billed(story, VISIT, due_days=due_days)

    assert (story.invoice.due_on, story.invoice.overdue_on) == (due_on, overdue_on)


def test_by_a_policy_without_a_calendar_it_is_due_today_or_when_it_says() -> None:
    story = billed(running(policy=POLICY), VISIT)
    assert (story.invoice.due_on, story.invoice.overdue_on) == (JAN_10, None)
    assert billed(story, VISIT, due_days=5).invoice.due_on == date(2027, 1, 15)


def test_unpaid_it_is_retried_and_stays_overdue_and_the_plan_stays_active() -> None:
    story = billed(running(), VISIT).decline(at=JAN_10)
    one_off = story.invoice
    assert (one_off.dunning is not None, story.subscription.status) == (True, Status.ACTIVE)
    retried = [date(2027, 1, 12), date(2027, 1, 17), date(2027, 1, 24), date(2027, 1, 31)]
    for day in retried:
        story.until(day)
        assert (story.last.outcome, len(story.last.follow_ups)) == (Outcome.PAYMENT_RETRIED, 1)
        story.decline(at=day, invoice=one_off)
    story.until(FEB_1).pay(at=FEB_1).until(date(2027, 2, 20))

    one_off = story.account.invoices[one_off.id]
    assert is_overdue(one_off, today=date(2027, 2, 20))
    assert one_off.dunning is not None
    assert (story.subscription.status, one_off.dunning.retry_on, one_off.dunning.suspended) == (
        Status.ACTIVE,
        None,
        False,
    )
    # It is paid whenever it is, on request.
    story.tell(InvoicePaymentRequested(invoice_id=one_off.id), at=date(2027, 2, 20))
    assert story.pay(at=date(2027, 2, 20), invoice=one_off).account.invoices[one_off.id].paid_at is not None


def test_a_suspended_plan_comes_back_by_its_own_money_and_not_by_that_of_an_item() -> None:
    story = running().until(FEB_1).decline(at=FEB_1)
    plan = story.invoice
    story.until(date(2027, 2, 3)).decline(at=date(2027, 2, 3))
    billed(story, VISIT, on=date(2027, 2, 5)).decline(at=date(2027, 2, 5))
    one_off = story.invoice
    story.until(date(2027, 2, 7)).decline(at=date(2027, 2, 7), invoice=one_off)
    story.until(date(2027, 2, 8)).decline(at=date(2027, 2, 8), invoice=plan).until(date(2027, 2, 8))
    assert story.subscription.status is Status.SUSPENDED
    assert one_off.dunning is not None
    assert not story.account.invoices[one_off.id].dunning.suspended  # type: ignore[union-attr]

    story.pay(at=date(2027, 2, 9), invoice=one_off)
    assert (story.subscription.status, story.subscription.recovering_since) == (Status.SUSPENDED, None)
    assert story.pay(at=date(2027, 2, 9), invoice=plan).subscription.status is Status.ACTIVE


def test_days_that_a_change_gives_back_are_never_looked_for_on_it() -> None:
    story = running()
    plan = story.invoice
    billed(story, VISIT, on=date(2027, 1, 5)).pay(at=date(2027, 1, 5))
    story.tell(PlanChanged(terms=terms(9990, plan="plus", trial_days=0)), at=JAN_10)
    change = story.invoice
    unused = next(line for line in change.lines if line.kind is LineKind.UNUSED)

    giver = giver_of(story.account, change, unused)

    assert giver is not None
    assert giver.id == plan.id


def test_it_neither_holds_up_a_pause_nor_begins_service() -> None:
    waiting = Story(JAN_1, of=PLAN, method=BOLETO, policy=CALENDAR).start()
    billed(waiting, VISIT).pay(at=JAN_10)
    assert (waiting.subscription.status, waiting.subscription.first_paid_at) == (Status.PENDING, None)

    story = billed(running(), VISIT)
    story.tell(SubscriptionPaused(), at=JAN_10)
    assert story.subscription.status is Status.PAUSED


def test_it_of_who_never_pays_falls_overdue_and_outlives_the_subscription() -> None:
    chosen = ChosenAnchor(day=20, first_period=FirstPeriod.PRORATED)
    story = Story(JAN_1, of=PLAN, method=None, policy=CALENDAR, anchor=chosen).start()
    plan = story.invoice
    billed(story, VISIT, on=JAN_1, due_days=60).until(date(2027, 1, 25))

    assert (story.subscription.end_reason, story.account.invoices[plan.id].status) == (
        EndReason.NEVER_PAID,
        InvoiceStatus.CANCELLED,
    )
    assert story.invoice.is_open
    early = Story(JAN_1, of=PLAN, method=BOLETO, policy=CALENDAR).start()
    billed(early, VISIT, on=JAN_1, due_days=0).until(date(2027, 1, 12))
    assert (early.last.outcome, early.invoice.dunning is not None) == (Outcome.INVOICE_OVERDUE, True)


def test_balance_pays_for_it_first_and_comes_back_when_it_is_voided() -> None:
    story = running()
    story.account = replace(story.account, credit=22_010)
    billed(story, VISIT)
    assert (story.invoice.credit_applied, story.invoice.status) == (22_010, InvoiceStatus.PENDING)
    story.decline(at=JAN_10)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_10)
    assert (story.account.credit, story.invoice.status) == (22_010, InvoiceStatus.CANCELLED)


def test_it_is_refunded_and_credited_by_line_with_the_tax_that_is_in_it() -> None:
    story = billed(running(policy=TAXED), VISIT, PAPER).pay(at=JAN_10)
    # 20.00 and 1 % on top
    assert (story.invoice.tax, story.invoice.total) == (20, 32_020)
    note = CreditNoteCreated(
        note_id=CreditNoteId("crn_1"), invoice_id=story.invoice.id, reason="torn", lines=(2,)
    )
    story.tell(note, at=JAN_10)
    assert (story.account.credit, story.account.credit_notes[-1].tax) == (2_020, 20)
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=None)
    story.tell(refund, at=JAN_10)
    back = PaymentRefunded(
        amount=30_000, currency="BRL", payment_id=story.payment().id, refund_id=RefundId("ref_1")
    )
    assert story.tell(back, at=JAN_10).payment().refunded_amount == 30_000


def test_of_one_that_is_to_end_or_has_ended_nothing_is_charged_unasked() -> None:
    story = running().tell(CancellationRequested(), at=JAN_10)
    billed(story, VISIT)
    assert (story.last.follow_ups, story.account.payments_of(story.invoice.id)) == ((), ())
    story.until(FEB_1)
    assert story.subscription.status is Status.CANCELLED
    billed(story, VISIT, on=date(2027, 2, 2))
    assert (story.last.follow_ups, story.invoice.is_open) == ((), True)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=date(2027, 2, 3))
    assert story.pay(at=date(2027, 2, 3)).invoice.status is InvoiceStatus.PAID
    assert story.subscription.status is Status.CANCELLED


def test_retries_of_it_end_with_a_cancellation() -> None:
    story = billed(running(), VISIT).decline(at=JAN_10)
    story.tell(CancellationRequested(), at=JAN_10).until(date(2027, 1, 31))
    assert (story.last.outcome, story.subscription.status) == (Outcome.CANCELLATION_SCHEDULED, Status.ACTIVE)


def test_what_waits_and_the_fee_are_a_last_invoice() -> None:
    story = running().tell(InvoiceItemAdded(item=VISIT), at=JAN_1)
    story.tell(CancellationRequested(immediately=True, penalty=FEE), at=JAN_10)

    assert story.subscription.status is Status.CANCELLED
    assert (story.subscription.items, story.subscription.cancel_penalty) == ((), None)
    assert [(line.kind, line.total) for line in story.invoice.lines] == [
        (LineKind.ONE_OFF, 30_000),
        (LineKind.PENALTY, 9_900),
    ]
    assert (story.invoice.is_open, story.account.payments_of(story.invoice.id)) == (True, ())


def test_the_fee_of_a_scheduled_end_is_billed_with_it_and_taken_back_with_it() -> None:
    story = running().tell(CancellationRequested(penalty=FEE), at=JAN_10)
    assert (story.subscription.cancel_penalty, len(story.invoices)) == (FEE, 1)
    story.tell(CancellationRevoked(), at=JAN_10)
    assert story.subscription.cancel_penalty is None
    # Asked for again without one, it is the one of before.
    story.tell(CancellationRequested(penalty=FEE), at=JAN_10).tell(CancellationRequested(), at=JAN_10)
    story.until(FEB_1)
    assert (story.invoice.kind, story.invoice.total) == (InvoiceKind.ONE_OFF, 9_900)


def test_what_was_never_paid_for_leaves_nothing_and_has_no_fee() -> None:
    trial = Story(JAN_1, of=terms(7990), trial_days=7, policy=CALENDAR).start()
    trial.tell(InvoiceItemAdded(item=VISIT), at=JAN_1)
    with pytest.raises(SubscriptionNotActive):
        trial.tell(CancellationRequested(immediately=True, penalty=FEE), at=JAN_1)
    trial.tell(CancellationRequested(immediately=True), at=JAN_1)
    assert (trial.invoices, trial.subscription.items) == ((), ())


@pytest.mark.parametrize("can_send", [True, False])
def test_a_withdrawal_gives_items_back_too_and_bills_none(can_send: bool) -> None:  # noqa: FBT001 - drawn
    story = Story(JAN_1, of=PLAN, method=CARD, policy=TAXED)
    story.account = story.account.with_subscription(replace(story.subscription, items=(PAPER,)))
    story.start().pay(at=JAN_1)
    billed(story, VISIT, PAPER, on=JAN_1).pay(at=JAN_1)
    billed(story, FEE, on=JAN_1)
    none = tuple(story.account.payments)
    limits = RefundLimits() if can_send else RefundLimits(not_at_all=none)
    story.tell(WithdrawalRequested(limits=limits), at=date(2027, 1, 3))

    assert (story.subscription.status, story.invoice.status) == (Status.CANCELLED, InvoiceStatus.CANCELLED)
    sent = sum(payment.reserved_amount for payment in story.account.payments.values())
    # 79.90 and 20.20; 300.00 and 20.20
    assert (sent, story.account.credit) == ((42_030, 0) if can_send else (0, 42_030))
    corrected = [line.plan_name for note in story.account.credit_notes for line in note.lines]
    assert sorted(corrected) == ([] if can_send else [PLAN.plan_name, "Handbook", "Handbook", "Visit"])


@pytest.mark.parametrize(
    "items", [(), (VISIT,) * (ITEMS_MAX + 1), (replace(VISIT, unit_price=PRICE_MAX // 2),) * 2]
)
def test_an_invoice_that_makes_no_sense_is_refused(items: tuple[InvoiceItem, ...]) -> None:
    with pytest.raises(BillingError) as refused:
        validate_items(items)
    assert refused.value.field == ("items",)
    assert validate_items((VISIT, FEE)) == (VISIT, FEE)
