"""The figures of the rule book's examples of lines are those that the rules compute."""

from dataclasses import replace
from datetime import date

from ciclo.domain.coupons.discount import Discount, DiscountDuration, lasting_monthly_price
from ciclo.domain.coupons.discounted_lines import discount_lines
from ciclo.domain.events.commands import PlanChanged
from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import LineTax, TaxRate
from ciclo.domain.period import BillingCycle, ChosenAnchor, Period
from ciclo.domain.plan import Terms
from ciclo.domain.proration import price_line, unused_line
from tests.builders import Story, service, terms
from tests.docs.test_rule_examples import assert_told
from tests.domain.coupons import fixed, percent


def test_taxes_by_line() -> None:
    def taxed(*rates: TaxRate, discounts: tuple[LineDiscount, ...] = ()) -> Line:
        line = service(terms(7990), date(2027, 1, 31), date(2027, 2, 28), total_days=28, amount=7990)
        taxes = tuple(LineTax(rate=rate, amount=0) for rate in rates)
        return price_line(replace(line, taxes=taxes), 7990, discounts)

    within = taxed(*(TaxRate(name="", basis_points=rate, inclusive=True) for rate in (500, 65, 300)))
    assert_told(38, within.net, within.net - within.tax, *(one.amount for one in within.taxes))
    on_top = TaxRate(name="VAT", basis_points=500)
    assert_told(38, taxed(on_top).tax, taxed(on_top).total)
    discount = LineDiscount(id=DiscountId("dsc_1"), code="VERAO", amount=1598)
    line = taxed(on_top, discounts=(discount,))
    credit = unused_line(line, unused=Period(date(2027, 2, 10), date(2027, 2, 28)), left=line.total)
    assert credit is not None
    assert_told(38, line.discount, line.net, line.tax, credit.net, credit.tax)


def test_coupons() -> None:
    periods, for_ever = percent(2000, DiscountDuration.PERIODS, 3), percent(2000)
    plan = terms(7990, trial_days=0)
    (line,) = first(plan, periods)
    assert_told(34, line.discount, line.net)
    item = price_line(replace(line, kind=LineKind.ONE_OFF, total_days=0, discounts=()), 1500)
    whole = price_line(line, line.amount)
    shares = discount_lines([item, whole], [fixed(3000)], terms=plan, until=date(2027, 2, 28))
    assert_told(34, item.amount, whole.amount, *(one.discount for one in shares))
    stub = Story(date(2027, 1, 22), of=terms(), anchor=ChosenAnchor(day=1), discounts=(fixed(3000),)).start()
    (line,) = stub.invoice.lines
    assert_told(34, line.unit_price, line.amount)
    assert line.discount == line.amount
    yearly = terms(35_000, cycle=BillingCycle.ANNUAL, trial_days=0)
    (line,) = first(yearly, percent(4000, DiscountDuration.MONTHS, 4))
    assert_told(34, line.amount, line.discount, line.net)
    assert_told(34, lasting_monthly_price(replace(plan, quantity=3), [for_ever]))

    story = Story(date(2027, 1, 31), of=plan, discounts=(periods,)).start().pay(at=date(2027, 1, 31))
    studio = terms(19_990, plan="studio", trial_days=0)
    credit, charge = story.tell(PlanChanged(terms=studio), at=date(2027, 2, 10)).invoice.lines
    assert_told(35, story.invoices[0].period, -credit.amount, -credit.discount, credit.net)
    assert_told(35, charge.amount, charge.discount, charge.net, story.invoice.total)


def first(of: Terms, discount: Discount) -> tuple[Line, ...]:
    return Story(date(2027, 1, 31), of=of, discounts=(discount,)).start().invoice.lines
