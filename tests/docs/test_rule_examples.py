"""The figures of the rule book's examples are those that the rules compute."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Final

from ciclo.domain.bank_days import BankingDays, add_banking_days, banking_day_from
from ciclo.domain.batch import apply_due_events
from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.dunning import grace_ends_on
from ciclo.domain.events.booking import MoneyAssigned
from ciclo.domain.events.commands import (
    BillingDayChanged,
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    CreditGranted,
    CreditNoteCreated,
    InvoiceWrittenOff,
    PlanChanged,
    Proration,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded
from ciclo.domain.forecast import forecast
from ciclo.domain.ids import CreditNoteId, EventId, GrantId, RefundId
from ciclo.domain.lifecycle.changes.withdrawal import withdrawal_ends_on
from ciclo.domain.lifecycle.payments.allocation import refundable_amount
from ciclo.domain.lifecycle.payments.tax import refund_taxes
from ciclo.domain.metrics.movement import commitment_of, mrr_of
from ciclo.domain.money import Money, half_up, split
from ciclo.domain.payments.arrival import arrival_day
from ciclo.domain.period import BillingCycle, ChosenAnchor, Period, boundary, local_date, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.proration import service_line
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon, terms
from tests.docs.rule_book import rules
from tests.domain.calendars import begun, running
from tests.domain.failing import JAN_1, failing, january, retried_on
from tests.domain.plans import BASIC, PLUS, STUDIO, YEARLY, lines, paid

FEB_1, MAR_1, MAR_17 = date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 17)
MINUS: Final = "\N{MINUS SIGN}"
DOWN_NOW = PlanChanged(terms=BASIC, timing=ChangeTiming.IMMEDIATE)


def assert_told(number: int, *figures: object) -> None:
    """Check that the example of rule *number* tells *figures*, in this order; integers are cents."""
    example = rules()[number].partition("*Example.*")[2].partition("*Proven by*")[0]
    rest = " ".join(example.split())
    for figure in figures:
        text = in_words(figure)
        assert text in rest, f"rule {number} does not tell {text} here: {rest}"
        rest = rest.partition(text)[2]


def in_words(figure: object) -> str:
    if isinstance(figure, int):
        amount = Money(abs(figure), "BRL").to_decimal()
        return f"{MINUS}{amount}" if figure < 0 else str(amount)
    if isinstance(figure, Period):
        return f"`[{figure.start}, {figure.end})`"
    return str(figure)


def test_dates_and_periods() -> None:
    instant = datetime(2028, 3, 1, 2, 30, tzinfo=UTC)
    assert_told(1, f"{instant:%Y-%m-%d %H:%M}", local_date(instant, POLICY.timezone))

    january_10 = date(2027, 1, 10)
    period = Period(january_10, boundary(january_10, BillingCycle.MONTHLY, 1))
    assert_told(2, period, f"{period.days} days", period.end)

    january_31, leap_day = date(2027, 1, 31), date(2028, 2, 29)
    assert_told(
        3,
        *(boundary(january_31, BillingCycle.MONTHLY, count) for count in range(4)),
        *(boundary(january_31, BillingCycle.QUARTERLY, count) for count in range(3)),
        *(boundary(leap_day, BillingCycle.ANNUAL, count) for count in range(5)),
    )

    skipped = date(2018, 11, 4)
    assert_told(5, skipped, f"{start_of_day(skipped, POLICY.timezone):%H:%M} UTC")

    missed = paid().until(date(2027, 3, 1)).invoices[1:]
    first_two, last = missed[:2], missed[-1]
    issued = [local_date(one.issued_at, POLICY.timezone) for one in (*first_two, last)]
    assert_told(4, JAN_1, f"{len(missed)} invoices", *issued)

    late = paid()
    overdue = apply_due_events(late.account, {}, POLICY, until=noon(MAR_17), events_max=24)
    late.account = overdue[-1].decision.account
    late.tell(PlanChanged(terms=PLUS), at=MAR_17)
    assert [one.total for one in late.invoices[1:3]] == [BASIC.price, BASIC.price]
    credit, charge = lines(late)
    days = f"{charge.days} of {charge.total_days} days"
    assert_told(4, MAR_17, BASIC.price, days, credit.amount, charge.amount, late.invoice.total)


def test_money() -> None:
    assert_told(6, 24_995, half_up(24_995 * 9, 30))
    assert_told(6, 1000, " + ".join(in_words(part) for part in split(1000, [1, 1, 1])))

    service = Period(date(2028, 2, 12), date(2028, 3, 1))
    line = service_line(
        BASIC, service=service, full=Period(date(2028, 2, 1), date(2028, 3, 1)), policy=POLICY
    )
    assert_told(7, f"{line.days} of {line.total_days} days x 29.90", line.amount)


def test_credit() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=january(16))
    credit, _ = lines(story)
    assert_told(
        8, story.invoices[0].period, january(16), f"{credit.days} of {credit.total_days}", -credit.amount
    )

    taxed = Story(JAN_1, of=BASIC, policy=replace(POLICY, tax_basis_points=1000)).start().pay(at=JAN_1)
    (first,) = lines(taxed)
    credit, charge = lines(taxed.tell(PlanChanged(terms=PLUS), at=january(16)))
    assert_told(9, first.amount, first.tax, first.total)
    assert_told(
        9,
        f"{in_words(credit.amount)} {MINUS} {in_words(-credit.tax)}",
        f"{in_words(charge.amount)} + {in_words(charge.tax)}",
        taxed.invoice.total,
    )


def test_credit_notes() -> None:
    story = Story(JAN_1, of=BASIC, policy=replace(POLICY, tax_basis_points=1000)).start().pay(at=JAN_1)
    figures = [story.invoice.total]
    for place, amount in enumerate((1000, None)):
        order = CreditNoteCreated(
            note_id=CreditNoteId(f"crn_{place}"), invoice_id=story.invoice.id, reason="outage", amount=amount
        )
        note = story.tell(order, at=JAN_1).account.credit_notes[-1]
        figures += [note.amount, note.tax]
    assert_told(22, *figures)


def test_trial() -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7).start().until(january(8))
    assert_told(10, story.subscription.anchor, story.invoice.total, story.invoice.period)

    story = Story(JAN_1, of=BASIC, trial_days=7).start()
    story.tell(PlanChanged(terms=replace(PLUS, trial_days=14)), at=january(5))
    assert_told(10, january(5), "14 days", story.subscription.period.end)


def test_plan_changes() -> None:
    up = paid().tell(PlanChanged(terms=PLUS), at=january(16))
    assert up.subscription.terms == BASIC
    assert up.pay(at=january(17)).subscription.terms == PLUS
    figures = (*(line.amount for line in lines(up)), up.invoice.total)
    assert_told(11, january(16), up.invoices[0].period, *figures, january(17))
    year = forecast(paid().account, POLICY, now=noon(JAN_1), months=12).invoices
    ahead = (f"{len(year)} invoices", sum(one.total for one in year), year[-1].period.start)
    assert_told(14, january(16), *figures, JAN_1, *ahead)

    down = paid(PLUS).tell(DOWN_NOW, at=january(16))
    credit, charge = (line.amount for line in lines(down))
    balance = down.account.credit
    renewed = down.until(FEB_1).invoice
    assert_told(
        11,
        f"{in_words(credit)} + {in_words(charge)} = {in_words(-balance)}",
        balance,
        renewed.subtotal,
        FEB_1,
        renewed.total,
    )

    yearly = paid().tell(PlanChanged(terms=YEARLY, timing=ChangeTiming.IMMEDIATE), at=january(16))
    yearly.pay(at=january(16))
    credit, charge = (line.amount for line in lines(yearly))
    assert_told(12, credit, charge, yearly.subscription.period, yearly.invoice.total)

    twice = paid().tell(PlanChanged(terms=PLUS), at=january(11)).pay(at=january(11))
    twice.tell(PlanChanged(terms=STUDIO), at=january(21))
    credit_line, charge_line = lines(twice)
    days = f"{credit_line.days} of {credit_line.total_days} days"
    assert_told(13, january(21), days, credit_line.amount, charge_line.amount, twice.invoice.total)


def test_prorations_of_a_change() -> None:
    def changed(how: Proration) -> Story:
        return paid().tell(PlanChanged(terms=PLUS, proration=how), at=january(16))

    def ended(refund: CancellationRefund) -> Story:
        now = CancellationRequested(immediately=True, refund=refund)
        return changed(Proration.NEXT_INVOICE).tell(now, at=january(21))

    renewed = changed(Proration.NEXT_INVOICE).until(FEB_1)
    credit, charge, period = (line.amount for line in lines(renewed))
    parts = f"{in_words(period)} {MINUS} {in_words(-credit)} + {in_words(charge)}"
    sum_of = f"{parts} = {in_words(renewed.invoice.total)}"
    none = changed(Proration.NONE).until(FEB_1).invoice.total
    full = changed(Proration.FULL).invoice
    assert_told(14, "NEXT_INVOICE", FEB_1, sum_of, "NONE", none, "FULL", full.total, full.period)

    served, credited = ended(CancellationRefund.NONE), ended(CancellationRefund.CREDIT)
    (note,) = credited.account.credit_notes
    for lines_of_end, total in ((lines(served), served.invoice.total), (note.lines, -note.amount)):
        credit, charge = (line.amount for line in lines_of_end)
        assert_told(14, january(21), f"{in_words(credit)} + {in_words(charge)} = {in_words(total)}")


def test_cancelling_and_pausing() -> None:
    leaving = paid().tell(CancellationRequested(), at=january(16)).until(FEB_1)
    assert leaving.subscription.ended_at == start_of_day(FEB_1, POLICY.timezone)
    assert len(leaving.invoices) == 1
    now = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    changed = paid().tell(PlanChanged(terms=PLUS), at=january(16)).pay(at=january(16))
    changed.tell(replace(now, refund=CancellationRefund.REFUND), at=january(20))
    back = [payment.refunds[0].amount for payment in reversed(changed.account.payments.values())]
    credited = paid().tell(now, at=january(16)).account.credit
    withdrawn = paid()
    last_day = withdrawal_ends_on(withdrawn.subscription, POLICY)
    (refund,) = withdrawn.tell(WithdrawalRequested(), at=january(8)).payment().refunds
    assert_told(15, FEB_1, credited, changed.payment().amount, sum(back), *back, last_day, refund.amount)

    paused = paid().tell(SubscriptionPaused(), at=january(16))
    balance, account = paused.account.credit, paused.account
    taxed = Story(JAN_1, of=BASIC, policy=replace(POLICY, tax_basis_points=1000)).start().pay(at=JAN_1)
    whole, sent = taxed.invoice.total, taxed.payment().id
    for place, amount in enumerate((1000, None)):
        taxed.tell(
            RefundCreated(refund_id=RefundId(f"ref_{place}"), payment_id=sent, amount=amount), at=JAN_1
        )
    first, last = taxed.payment().refunds
    taxes = refund_taxes(taxed.invoice, [taxed.payment()])
    friday = date(2026, 2, 13)
    carnival = replace(first, created_at=noon(friday))
    arrives = arrival_day(carnival, days=5, policy=replace(POLICY, banking_days=BankingDays.BR))
    figures = (first.amount, last.amount, whole, taxes[first.id], taxes[last.id], friday, arrives)
    given = ((1000, None), (1000, date(2026, 2, 15)), (1500, date(2026, 2, 10)))
    granted = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)
    for place, (amount, until) in enumerate(given):
        granted.tell(
            CreditGranted(grant_id=GrantId(f"grt_{place}"), amount=amount, reason="sorry", expires_on=until),
            at=JAN_1,
        )
    used = [use.amount for use in granted.until(FEB_1).invoice.grants_used]
    told = [figure for amount, until in given for figure in (amount, until) if figure]
    figures = (*figures, *told, granted.invoice.subtotal, FEB_1, *used, granted.account.credit)
    assert_told(23, balance, refundable_amount(account, paused.payment().id), *figures)
    paused.tell(SubscriptionResumed(), at=january(20))
    (line,) = lines(paused)
    assert_told(
        16, balance, january(20), f"{line.days} of {line.total_days}", line.amount, paused.account.credit
    )
    paused.account = account
    paused.tell(SubscriptionResumed(), at=date(2026, 3, 11))
    (line,) = lines(paused)
    assert_told(16, date(2026, 3, 11), f"{line.days} of {line.total_days}", line.amount, paused.invoice.total)


def test_a_planned_pause() -> None:
    story = paid().tell(SubscriptionPaused(at_period_end=True, resume_on=date(2026, 3, 11)), at=january(16))
    paused_on = story.until(FEB_1).subscription.paused_on
    assert story.account.credit == 0
    resumed = story.until(date(2026, 3, 11)).invoice
    assert_told(16, "end of the period", resumed.period.start, "PAUSED", paused_on, resumed.total)


def test_what_a_customer_asks_for_begins_when_the_day_is_over() -> None:
    paused = paid().tell(SubscriptionPaused(serves_today=True), at=january(16))
    begins_on = paused.subscription.pauses_on
    balance = paused.until(january(17)).account.credit
    resumed = paused.tell(SubscriptionResumed(), at=january(17)).invoice
    (line,) = lines(paused)
    assert_told(39, begins_on, balance, f"{line.days} of {line.total_days}", line.amount, resumed.total)


def test_a_second_contract_that_is_withdrawn_from() -> None:
    story = paid().tell(WithdrawalRequested(keeps_served=True), at=january(6))
    (line,) = story.last.unused_lines
    sent_back = story.payment().reserved_amount
    assert sent_back == -line.total
    assert_told(39, january(6), f"{line.days} of {line.total_days}", sent_back)


def test_an_invoice_that_is_written_off() -> None:
    story = paid(credit=3990).until(FEB_1)
    used, total = story.invoice.credit_applied, story.invoice.total
    story.decline(at=FEB_1).tell(InvoiceWrittenOff(invoice_id=story.invoice.id), at=FEB_1)
    assert_told(22, story.invoice.subtotal, used, total, story.account.credit)


def test_failed_payments() -> None:
    story = failing()
    retries = retried_on(story, january(31))
    ended_at = story.subscription.ended_at
    assert ended_at is not None
    assert_told(17, JAN_1, *retries, january(8), local_date(ended_at, POLICY.timezone))

    unpaid = Story(JAN_1, method=None).start().until(FEB_1)
    voided_at = unpaid.invoice.voided_at
    assert voided_at is not None
    assert_told(17, "first invoice", JAN_1, local_date(voided_at, POLICY.timezone))

    for first, second in ((1, 2), (2, 1)):
        owing = Story(JAN_1, method=PIX).start().pay(at=JAN_1).until(MAR_1)
        for invoice in owing.invoices[1:]:
            owing.decline(at=MAR_1, invoice=invoice)
        assert owing.pay(at=MAR_1, invoice=owing.invoices[first]).subscription.status is Status.PAST_DUE
        assert owing.pay(at=MAR_1, invoice=owing.invoices[second]).subscription.status is Status.ACTIVE
    assert_told(18, FEB_1, MAR_1, "PAST_DUE", "ACTIVE")

    code = Story(date(2025, 12, 1), method=PIX).start().pay(at=date(2025, 12, 1)).until(JAN_1)
    expiring = PaymentAuthorized(
        payment_id=code.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(january(4)),
    )
    dunning = code.tell(expiring, at=JAN_1).until(january(4)).invoice.dunning
    assert dunning is not None
    assert_told(19, JAN_1, dunning.started_on, grace_ends_on(dunning, POLICY))


def test_the_calendar_of_collection() -> None:
    wednesday, boundary_of_march = date(2027, 1, 27), date(2027, 2, 28)
    modes = [
        (CARD, None),
        (PIX, None),
        (BOLETO, None),
        (None, Collection(mode=CollectionMode.INVOICE)),
        (None, None),
    ]
    due = [begun(method, on=wednesday, collection=collection).invoice.due_on for method, collection in modes]
    assert_told(28, wednesday, *due)

    pix = running(PIX, on=date(2027, 1, 28), until=boundary_of_march).invoice
    card = running(CARD, on=date(2027, 1, 28), until=boundary_of_march).invoice
    issued = [local_date(one.issued_at, POLICY.timezone) for one in (pix, card)]
    assert_told(29, boundary_of_march, issued[0], issued[1])

    for closed in (boundary_of_march, date(2027, 2, 6)):
        assert_told(30, closed, banking_day_from(closed, BankingDays.BR))

    boleto = running(BOLETO, on=date(2027, 1, 28), until=date(2027, 3, 5))
    invoice, dunning = boleto.invoice, boleto.invoice.dunning
    assert invoice.overdue_on is not None
    assert dunning is not None
    heard_until = add_banking_days(invoice.due_on, 3, BankingDays.BR)
    assert_told(31, invoice.due_on, heard_until, invoice.overdue_on)

    grace_ends = grace_ends_on(dunning, POLICY)
    issue = local_date(invoice.issued_at, POLICY.timezone)
    assert_told(32, issue, invoice.due_on, dunning.started_on, grace_ends, 2990, 7990, 5000)
    back, charge = half_up(7990 * 18, 31), half_up(15_980 * 18, 31)
    assert_told(32, -back, charge, 15_980, charge - back + 15_980)


def test_metrics() -> None:
    def month(price: int, *, cycle: BillingCycle = BillingCycle.MONTHLY, quantity: int = 1) -> int:
        agreed: Terms = terms(price, cycle=cycle, quantity=quantity)
        return agreed.monthly_price

    assert_told(24, 29_900, month(29_900, cycle=BillingCycle.ANNUAL))
    assert_told(24, 2990, month(2990, quantity=3))
    shrinking = paid(PLUS).tell(PlanChanged(terms=BASIC), at=january(16)).subscription
    assert_told(24, "scheduled", commitment_of(shrinking), mrr_of(shrinking))
    assert_told(24, 10_000, month(10_000, cycle=BillingCycle.QUARTERLY))

    start, new, expansion, churn, pause = 11_472, 2663, 3000, 2492, 5990
    assert_told(25, start, new, expansion, churn, pause, start + new + expansion - churn - pause)

    churned = Fraction(1, 3)
    assert_told(26, f"churn {churned}", 8653, half_up(8653, 2), half_up(8653 * 3, 2))


def test_money_of_another_amount() -> None:
    part, more = (Story(JAN_1, method=PIX).start() for _ in range(2))
    for story, amount in ((part, 2000), (more, 3051)):
        story.tell(PaymentSucceeded(amount=amount, currency="BRL", payment_id=story.payment().id), at=JAN_1)
    surplus = more.account.credit
    more.until(FEB_1)
    told = (2990, 2000, part.invoice.amount_due, 2990, 3051, surplus, more.invoice.total)
    open_ = Story(JAN_1, method=PIX).start()
    nobodys = MoneyAssigned(
        review_id=EventId("evt_1"),
        invoice_id=open_.invoice.id,
        amount=3500,
        currency="BRL",
        came_at=noon(JAN_1),
    )
    assert_told(20, *told, 3500, 2990, open_.tell(nobodys, at=JAN_1).account.credit)

    waiting = Story(JAN_1, method=PIX).start().pay(at=JAN_1).until(MAR_1)
    waiting.tell(PaymentSucceeded(amount=1000, currency="BRL"), at=MAR_1)
    assert_told(21, 2990, 2990, 1000, waiting.invoices[1].amount_due)


def test_a_billing_day() -> None:
    january_20 = date(2026, 1, 20)
    story = Story(january_20, of=BASIC, anchor=ChosenAnchor(day=5)).start().pay(at=january_20)
    (stub,) = lines(story)
    assert_told(33, january_20, stub.service, f"{stub.days} of {stub.total_days} days", stub.amount)
    upgraded = Story(january_20, of=BASIC, anchor=ChosenAnchor(day=5)).start().pay(at=january_20)
    full = story.until(stub.service.end).invoice
    assert_told(33, stub.amount, full.period, full.total)

    credit, charge = lines(upgraded.tell(PlanChanged(terms=PLUS), at=january(28)))
    days = f"{charge.days} of {charge.total_days} days"
    assert_told(33, january(28), days, credit.amount, charge.amount, upgraded.invoice.total)

    story = paid().tell(BillingDayChanged(day=15), at=january(16)).until(FEB_1)
    (stub,) = lines(story)
    full = story.pay(at=FEB_1).until(stub.service.end).invoice
    assert_told(33, JAN_1, "day 15", january(16), stub.service, f"{stub.days} of {stub.total_days} days")
    assert_told(33, stub.amount, full.period, full.total)
