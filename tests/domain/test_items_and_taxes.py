"""Rules 37 and 38: items beside the plan, and rates of tax by what is sold and to whom."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.coupons.discount import DiscountDuration
from ciclo.domain.errors.coupons import InvoiceItemNotFound
from ciclo.domain.errors.general import BillingError, LimitExceeded
from ciclo.domain.errors.subscriptions import AlreadyCancelled, CancellationScheduled
from ciclo.domain.events.commands import CancellationRequested, CreditNoteCreated, PlanChanged
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.events.selling import InvoiceItemAdded, InvoiceItemRemoved, TaxProfileChanged
from ciclo.domain.ids import CreditNoteId, ItemId
from ciclo.domain.invoice import Flat, Line, LineKind
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lines.item import ITEMS_MAX, InvoiceItem, validate_item
from ciclo.domain.lines.tax_rate import TaxProfile, TaxRate, TaxRule, rates_for
from ciclo.domain.metrics.movement import mrr_of
from tests.builders import BOLETO, POLICY, Story, terms
from tests.domain.calendars import CALENDAR
from tests.domain.coupons import fixed, percent

ISS = TaxRate(name="ISS", basis_points=500, inclusive=True)
VAT = TaxRate(name="VAT", basis_points=2000)
EVERYWHERE = TaxRate(name="Fee", basis_points=100)
RULES = (
    TaxRule(rate=ISS, country="BR", category="saas"),
    TaxRule(rate=VAT, country="DE"),
    TaxRule(rate=EVERYWHERE, category="paper"),
)
TAXED = replace(POLICY, tax_rules=RULES, tax_basis_points=1000)
SAAS = replace(terms(7990, trial_days=0), tax_category="saas")
START, FEB_1 = date(2027, 1, 1), date(2027, 2, 1)
SETUP = InvoiceItem(id=ItemId("itm_1"), description="Set-up", unit_price=1500, tax_category="paper")


def told(*, profile: TaxProfile = TaxProfile(country="BR")) -> Story:  # noqa: B008 - it is frozen
    story = Story(START, of=SAAS, policy=TAXED)
    story.account = story.account.with_subscription(replace(story.subscription, tax_profile=profile))
    return story.start().pay(at=START)


def taxes(line: Line) -> list[tuple[str, int]]:
    return [(one.rate.name, one.amount) for one in line.taxes]


@pytest.mark.parametrize(
    ("category", "profile", "expected"),
    [
        ("saas", TaxProfile(country="BR"), (ISS,)),
        (None, TaxProfile(country="BR"), ()),
        ("paper", TaxProfile(country="DE"), (VAT, EVERYWHERE)),
        ("paper", TaxProfile(), (EVERYWHERE,)),
        ("paper", TaxProfile(country="DE", exempt=True), ()),
    ],
)
def test_a_rate_is_for_a_country_and_a_category(
    category: str | None, profile: TaxProfile, expected: tuple[TaxRate, ...]
) -> None:
    assert rates_for(RULES, category=category, profile=profile) == expected


def test_the_rates_that_fit_take_the_place_of_the_one_without_a_name() -> None:
    # 79.90 x 10,000 / 10,500 = 76.10: 3.80 are within
    named = told().invoice
    assert (taxes(named.lines[0]), named.lines[0].tax_basis_points, named.total) == ([("ISS", 380)], 0, 7990)
    # No rule is for it: 10 % on top
    unnamed = told(profile=TaxProfile(country="FR")).invoice
    assert (taxes(unnamed.lines[0]), unnamed.tax, unnamed.total) == ([], 799, 8789)
    exempt = told(profile=TaxProfile(country="BR", exempt=True)).invoice
    assert (exempt.tax, exempt.total) == (0, 7990)


def test_another_profile_taxes_what_is_billed_next_and_credits_keep_their_rates() -> None:
    story = told()
    story.tell(TaxProfileChanged(profile=TaxProfile(country="DE")), at=date(2027, 1, 10))
    assert story.last.outcome is Outcome.TAX_PROFILE_CHANGED
    dearer = replace(terms(15_980, plan="dearer", trial_days=0), tax_category="saas")
    story.tell(PlanChanged(terms=dearer), at=date(2027, 1, 11))

    # 21 of 31 days: -54.13, of which 54.13 x 5/105 = 2.58 are within; 108.25 and 20 % on top
    credit, charge = story.invoice.lines
    assert (credit.net, taxes(credit)) == (-5413, [("ISS", -258)])
    assert (charge.net, taxes(charge), story.invoice.total) == (10_825, [("VAT", 2165)], 7577)


def test_a_credit_note_and_the_last_part_have_the_tax_that_was_in_it() -> None:
    story = told()
    invoice = story.invoice

    def credit(number: int, amount: int | None) -> int:
        note = CreditNoteCreated(
            note_id=CreditNoteId(f"crn_{number}"), invoice_id=invoice.id, reason="outage", amount=amount
        )
        story.tell(note, at=date(2027, 1, 5))
        return story.account.credit_notes[-1].tax

    # 3.80 x 10.00 / 79.90 = 0.48, twice; the last one has what is left
    assert [credit(1, 1000), credit(2, 1000), credit(3, None)] == [48, 48, 284]
    line = story.account.credit_notes[0].lines[0]
    assert (line.total, line.net, taxes(line)) == (-1000, -1000, [("ISS", -48)])


def test_an_item_is_on_the_next_invoice_whole_and_in_no_mrr() -> None:
    story = told()
    before = mrr_of(story.subscription)
    story.tell(InvoiceItemAdded(item=replace(SETUP, quantity=2)), at=date(2027, 1, 20))
    assert (story.last.outcome, story.last.movement) == (Outcome.ITEM_ADDED, None)
    story.until(FEB_1)

    item, plan = story.invoice.lines
    # 30.00 and 1 % on top
    assert (item.kind, item.plan_name, item.amount, item.explains) == (
        LineKind.ONE_OFF,
        "Set-up",
        3000,
        Flat(),
    )
    assert (taxes(item), plan.amount, story.invoice.total) == ([("Fee", 30)], 7990, 3030 + 7990)
    assert (story.subscription.items, mrr_of(story.subscription)) == ((), before)
    # Next month it is not.
    assert len(story.pay(at=FEB_1).until(date(2027, 3, 1)).invoice.lines) == 1


def test_a_change_credits_days_and_no_item() -> None:
    story = told().tell(InvoiceItemAdded(item=SETUP), at=START).until(FEB_1).pay(at=FEB_1)
    story.tell(PlanChanged(terms=terms(15_980, plan="dearer", trial_days=0)), at=date(2027, 2, 15))

    # 14 of 28 days
    assert [line.net for line in story.invoice.lines] == [-3995, 7990]


def test_a_credit_note_by_line_gives_an_item_back() -> None:
    story = told().tell(InvoiceItemAdded(item=SETUP), at=START).until(FEB_1).pay(at=FEB_1)
    note = CreditNoteCreated(
        note_id=CreditNoteId("crn_1"), invoice_id=story.invoice.id, reason="not set up", lines=(1,)
    )
    story.tell(note, at=date(2027, 2, 2))

    assert (story.account.credit, taxes(story.account.credit_notes[0].lines[0])) == (1515, [("Fee", -15)])


def test_discounts_are_on_an_item_unless_it_says_that_they_are_not() -> None:
    story = told()
    sub = replace(
        story.subscription,
        discounts=(percent(1000, DiscountDuration.ONCE), fixed(900, DiscountDuration.ONCE)),
        items=(SETUP, replace(SETUP, id=ItemId("itm_2"), discountable=False)),
    )
    story.account = story.account.with_subscription(sub)
    story.until(FEB_1)

    # 10 % each, then 9.00 over 13.50 and 71.91: 1.42 and 7.58
    plain, item, plan = story.invoice.lines
    assert [line.discount for line in (plain, item, plan)] == [0, 150 + 142, 799 + 758]


def test_an_item_that_waits_can_be_taken_away_and_so_many_wait() -> None:
    story = told().tell(InvoiceItemAdded(item=SETUP), at=START)
    story.tell(InvoiceItemRemoved(item_id=SETUP.id), at=START)
    assert (story.last.outcome, story.subscription.items) == (Outcome.ITEM_REMOVED, ())
    with pytest.raises(InvoiceItemNotFound):
        story.tell(InvoiceItemRemoved(item_id=SETUP.id), at=START)
    many = replace(story.subscription, items=(SETUP,) * ITEMS_MAX)
    story.account = story.account.with_subscription(many)
    with pytest.raises(LimitExceeded):
        story.tell(InvoiceItemAdded(item=SETUP), at=START)
    story.tell(CancellationRequested(), at=START)
    with pytest.raises(CancellationScheduled):
        story.tell(InvoiceItemAdded(item=SETUP), at=START)
    story.tell(CancellationRequested(immediately=True), at=START)
    with pytest.raises(AlreadyCancelled):
        story.tell(InvoiceItemAdded(item=SETUP), at=START)


def test_on_what_is_billed_ahead_and_withdrawn_it_waits_again() -> None:
    story = Story(START, of=SAAS, method=BOLETO, policy=CALENDAR).start()
    story.tell(PaymentSucceeded(amount=7990, currency="BRL"), at=START)
    story.tell(InvoiceItemAdded(item=SETUP), at=date(2027, 1, 10)).until(date(2027, 1, 28))
    assert (story.invoice.total, story.subscription.items) == (9490, ())

    story.tell(PlanChanged(terms=terms(2990, plan="cheap")), at=date(2027, 1, 29)).until(date(2027, 1, 29))
    assert (len(story.invoices), story.invoice.total, story.subscription.items) == (3, 4490, ())
    story.tell(PaymentSucceeded(amount=4490, currency="BRL"), at=FEB_1).until(FEB_1)
    assert (story.subscription.items, story.subscription.period.start) == ((), FEB_1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"description": ""}, "description"),
        ({"quantity": 0}, "quantity"),
        ({"unit_price": 0}, "unit_price"),
        ({"unit_price": -1}, "unit_price"),
        ({"unit_price": 10**11 + 1}, "unit_price"),
        ({"tax_category": ""}, "tax_category"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(BillingError) as refused:
        validate_item(replace(SETUP, **changes))  # type: ignore[arg-type]  # drawn by name
    assert refused.value.field == (field,)
    assert validate_item(SETUP) == SETUP
    assert validate_item(replace(SETUP, tax_category=None)).tax_category is None
