"""Rules 11, 13, 22: what costs more takes effect when it is paid, and harms nothing if it is not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ciclo.domain.account import Account
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import InvoicePartlyPaid, NoPaymentMethod, PaymentInProgress
from ciclo.domain.errors.subscriptions import SamePlan
from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    InvoicePaymentRequested,
    InvoiceVoided,
    PaymentMethodUpdated,
    PlanChanged,
    SubscriptionPaused,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import PaymentAuthorized, PeriodEnded
from ciclo.domain.invoice import InvoiceStatus, VoidReason
from ciclo.domain.lifecycle import Outcome, change_drop_event
from ciclo.domain.period import Period, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Coverage, Status
from tests.builders import OTHER_CARD, PIX, POLICY, Story, noon, service, terms
from tests.domain.plans import (
    BASIC,
    FEB_1,
    JAN_1,
    JAN_11,
    JAN_16,
    JAN_21,
    MAR_1,
    PLUS,
    STUDIO,
    YEARLY,
    lines,
    paid,
)

NOW, LATER = ChangeTiming.IMMEDIATE, ChangeTiming.PERIOD_END
JAN_17 = date(2026, 1, 17)
DEARER = replace(YEARLY, plan_id=PLUS.plan_id, unit_price=59_900)


def asked(of: Terms = BASIC, to: Terms = PLUS, *, by: object = None, credit: int = 0) -> Story:
    """Return a paid subscription that asked for more on Jan 16."""
    story = paid(of, credit=credit)
    if by is not None:
        story.tell(PaymentMethodUpdated(method=by), at=JAN_11)
    return story.tell(PlanChanged(terms=to), at=JAN_16)


def by_pix() -> Story:
    """Return one that asked for more on Jan 16 and has a code for it until noon of the next day."""
    story = asked(by=PIX)
    code = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(JAN_17),
    )
    return story.tell(code, at=JAN_16)


def untouched(account: Account) -> Account:
    """Return an account without what was asked and how often, and without voided invoices and their tries."""
    stands = {id_: one for id_, one in account.invoices.items() if one.voided_at is None}
    tries = {id_: one for id_, one in account.payments.items() if one.invoice_id in stands}
    sub = replace(account.subscription, version=0, asked_at=None)
    return replace(account, subscription=sub, invoices=stands, payments=tries)


# While it waits


def test_until_it_is_paid_the_old_terms_run_on() -> None:
    before = paid().subscription
    story = asked()

    sub = story.subscription
    assert story.last.outcome is Outcome.CHANGE_AWAITS_PAYMENT
    assert story.last.movement is None
    assert (sub.awaited_change and sub.awaited_change.terms, story.invoice.status) == (
        PLUS,
        InvoiceStatus.PENDING,
    )
    kept = replace(sub, awaited_change=None, version=before.version, asked_at=before.asked_at)
    assert kept == before


def test_the_days_that_it_credits_cannot_go_back_twice_meanwhile() -> None:
    # 2990 x 16/31 = 1543.23
    assert asked().invoices[0].credited == 1543


# Paid


def test_paid_it_takes_effect_as_of_the_day_on_which_it_was_asked_for() -> None:
    story = by_pix().pay(at=JAN_17)

    sub = story.subscription
    assert (sub.terms, sub.awaited_change, sub.period) == (PLUS, None, Period(JAN_1, FEB_1))
    # 5990 x 16/31 = 3091.61
    charge = service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092)
    assert sub.coverage == Coverage(invoice_id=story.invoice.id, line=charge)


def test_another_interval_that_is_paid_begins_on_the_day_on_which_it_was_asked_for() -> None:
    story = asked(to=YEARLY)
    assert story.subscription.period == Period(JAN_1, FEB_1)

    story.pay(at=JAN_17)
    sub = story.subscription
    assert (sub.anchor, sub.period) == (JAN_16, Period(JAN_16, date(2027, 1, 16)))


def test_more_seats_wait_for_their_payment_too() -> None:
    more = replace(BASIC, quantity=2)
    story = asked(to=more)
    assert story.subscription.terms == BASIC
    assert story.pay(at=JAN_16).subscription.terms == more


def test_what_the_balance_pays_takes_effect_at_once() -> None:
    # 1549 to pay, 4539 - 2990 = 1549 on the balance
    story = asked(credit=4539)
    assert (story.last.outcome, story.subscription.terms) == (Outcome.PLAN_CHANGED, PLUS)


def test_a_card_that_takes_over_pays_for_the_change() -> None:
    story = by_pix().tell(PaymentMethodUpdated(method=OTHER_CARD), at=JAN_16).pay(at=JAN_16)
    assert story.subscription.terms == PLUS


def test_a_success_after_a_failure_pays_for_it_while_it_waits() -> None:
    story = asked().decline(at=JAN_16).pay(at=JAN_16)
    assert (story.subscription.terms, story.subscription.status) == (PLUS, Status.ACTIVE)


# Not paid


@pytest.mark.parametrize("to", [PLUS, YEARLY, DEARER, replace(BASIC, quantity=4)])
@pytest.mark.parametrize("of", [BASIC, terms(0, plan="free")])
def test_a_declined_change_changes_nothing(of: Terms, to: Terms) -> None:
    before = paid(of).account
    story = asked(of, to).decline(at=JAN_16)
    assert story.subscription.status is Status.ACTIVE
    story.until(JAN_16)

    assert (story.last.outcome, story.invoice.void_reason) == (
        Outcome.CHANGE_DROPPED,
        VoidReason.CHANGE_DROPPED,
    )
    assert untouched(story.account) == untouched(before)


def test_a_declined_change_of_a_paid_year_leaves_the_year() -> None:
    story = asked(YEARLY, DEARER).decline(at=JAN_16).until(date(2026, 12, 31))

    assert (story.subscription.status, story.subscription.terms) == (Status.ACTIVE, YEARLY)
    assert [one.status for one in story.invoices] == [InvoiceStatus.PAID, InvoiceStatus.CANCELLED]


def test_what_it_took_off_the_balance_comes_back() -> None:
    # 1000 on the balance after the first invoice, all of it used for the change
    story = asked(credit=3990)
    assert (story.invoice.credit_applied, story.account.credit) == (1000, 0)
    assert story.decline(at=JAN_16).until(JAN_16).account.credit == 1000


def test_a_code_that_expires_drops_the_change() -> None:
    story = by_pix().until(JAN_17)

    assert (story.subscription.awaited_change, story.subscription.status) == (None, Status.ACTIVE)
    assert story.invoice.voided_at == noon(JAN_17)


def test_past_due_with_nothing_under_way_it_is_dropped() -> None:
    story = asked()
    story.account = replace(story.account, payments={})
    story.tell(InvoicePaymentRequested(invoice_id=story.invoices[1].id), at=JAN_16)
    story.account = replace(story.account, payments={})
    story.until(JAN_17)

    assert story.invoice.voided_at == start_of_day(JAN_17, POLICY.timezone)


def test_at_the_boundary_it_is_dropped_whoever_is_working_on_it() -> None:
    story = asked().until(FEB_1)

    voided, renewal = story.invoices[1:]
    assert (voided.void_reason, voided.voided_at) == (
        VoidReason.CHANGE_DROPPED,
        start_of_day(FEB_1, POLICY.timezone),
    )
    assert renewal.lines == (service(BASIC, FEB_1, MAR_1, total_days=28, amount=2990),)


def test_a_boundary_that_comes_first_drops_it_too() -> None:
    story = asked().tell(PeriodEnded(on=FEB_1), at=FEB_1)

    assert (story.invoices[1].status, story.subscription.terms) == (InvoiceStatus.CANCELLED, BASIC)


def test_money_that_comes_after_that_reactivates_nothing() -> None:
    story = asked().until(FEB_1)
    story.pay(at=FEB_1, invoice=story.invoices[1])

    assert (story.subscription.terms, story.invoices[1].status) == (BASIC, InvoiceStatus.CANCELLED)
    assert story.payment(story.invoices[1]).is_paid


@pytest.mark.parametrize(
    "other",
    [
        CancellationRequested(),
        CancellationRequested(immediately=True),
        SubscriptionPaused(),
        PlanChanged(terms=BASIC),
        PlanChanged(terms=STUDIO),
        PlanChanged(terms=PLUS, timing=LATER),
        PlanChanged(terms=terms(1990, plan="less")),
    ],
)
def test_whatever_else_is_asked_for_drops_it(other: Payload) -> None:
    story = by_pix().tell(other, at=JAN_16)

    dropped, first = story.invoices[1], story.invoices[0]
    assert (dropped.status, dropped.void_reason) == (InvoiceStatus.CANCELLED, VoidReason.CHANGE_DROPPED)
    awaited = story.subscription.awaited_change
    assert awaited is None or awaited.invoice_id != dropped.id
    # Nothing of the days' credit is lost: it is there for what was asked for instead
    notes = sum(note.amount for note in story.account.credit_notes)
    reserved = 1543 if other == PlanChanged(terms=STUDIO) else 0
    assert first.credited == notes + reserved


def test_an_operator_who_voids_its_invoice_undoes_it() -> None:
    before = paid().account
    story = asked().decline(at=JAN_16)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_16)

    assert (story.last.outcome, story.invoice.void_reason) == (Outcome.INVOICE_VOIDED, VoidReason.VOIDED)
    assert untouched(story.account) == untouched(before)


def test_an_invoice_whose_credit_is_in_use_cannot_be_voided() -> None:
    # As older rules left it: the change is in effect, and what it cost is still owed
    story = asked().pay(at=JAN_16)
    owed = replace(story.invoice, status=InvoiceStatus.PENDING, paid_at=None)
    story.account = replace(story.account.with_invoice(owed), payments={})

    with pytest.raises(InvoicePartlyPaid):
        story.tell(InvoiceVoided(invoice_id=owed.id), at=JAN_17)


# Refused


@pytest.mark.parametrize(
    ("story", "change", "refusal"),
    [
        (by_pix(), PlanChanged(terms=PLUS), SamePlan),
        (asked(), PlanChanged(terms=PLUS), SamePlan),
        # The card is being charged: the money of the first change may be on its way
        (asked(), PlanChanged(terms=STUDIO), PaymentInProgress),
        (asked(), PlanChanged(terms=BASIC), PaymentInProgress),
    ],
)
def test_a_second_change_is_refused(*, story: Story, change: Payload, refusal: type[BillingError]) -> None:
    before = story.account

    with pytest.raises(refusal):
        story.tell(change, at=JAN_16)

    assert story.account is before


@pytest.mark.parametrize("to", [PLUS, YEARLY, replace(PLUS, quantity=2)])
def test_who_has_no_way_to_pay_keeps_the_free_plan(to: Terms) -> None:
    story = Story(JAN_1, of=terms(0, plan="free"), method=None).start()
    before = story.account

    with pytest.raises(NoPaymentMethod):
        story.tell(PlanChanged(terms=to, timing=NOW), at=JAN_16)

    assert story.account is before


# What is scheduled


def test_a_change_of_quantity_alone_keeps_what_is_scheduled() -> None:
    more = replace(PLUS, quantity=2)
    changing = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11)
    changing.tell(PlanChanged(terms=more), at=JAN_16).pay(at=JAN_16)
    ending = paid(PLUS).tell(CancellationRequested(reason="dear"), at=JAN_11)
    ending.tell(PlanChanged(terms=more), at=JAN_16).pay(at=JAN_16)

    assert (changing.subscription.terms, changing.subscription.pending_change) == (more, BASIC)
    sub = ending.subscription
    assert (sub.terms, sub.cancel_at_period_end, sub.cancel_reason) == (more, True, "dear")


def test_fewer_seats_at_the_end_of_the_period_join_the_plan_that_is_scheduled() -> None:
    three, one = replace(PLUS, quantity=3), replace(PLUS, quantity=1)
    story = paid(three).tell(PlanChanged(terms=replace(BASIC, quantity=3)), at=JAN_11)
    story.tell(PlanChanged(terms=one), at=JAN_16)
    assert story.subscription.pending_change == BASIC

    assert lines(story.until(FEB_1)) == (service(BASIC, FEB_1, MAR_1, total_days=28, amount=2990),)


def test_a_change_of_plan_clears_what_is_scheduled_once_it_is_paid() -> None:
    story = paid(PLUS).tell(CancellationRequested(), at=JAN_11).tell(PlanChanged(terms=STUDIO), at=JAN_16)
    assert story.subscription.cancel_at_period_end

    story.pay(at=JAN_16)
    assert not story.subscription.cancel_at_period_end


def test_a_change_to_a_plan_that_is_had_otherwise_is_dropped_before_it_is_paid() -> None:
    story = by_pix()
    drop = change_drop_event(story.account, POLICY)
    assert drop is not None

    story.tell(drop)
    assert (story.last.outcome, story.subscription.awaited_change) == (Outcome.CHANGE_DROPPED, None)
    # Whoever says it again changes nothing
    assert story.tell(replace(drop, dedupe_key="again")).last.outcome is Outcome.IGNORED


def test_a_second_change_in_the_cycle_credits_what_the_paid_one_billed() -> None:
    story = asked().pay(at=JAN_16).tell(PlanChanged(terms=STUDIO), at=JAN_21).decline(at=JAN_21)
    story.until(JAN_21)

    sub = story.subscription
    assert (sub.terms, story.invoices[1].credited) == (PLUS, 0)
    assert sub.coverage is not None
    assert sub.coverage.invoice_id == story.invoices[1].id
    assert story.until(FEB_1 - timedelta(days=1)).subscription.status is Status.ACTIVE
