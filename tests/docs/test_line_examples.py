"""The figures of the rule book's examples of lines are those that the rules compute."""

from dataclasses import replace
from datetime import date

from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Line
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import LineTax, TaxRate
from ciclo.domain.period import Period
from ciclo.domain.proration import price_line, unused_line
from tests.builders import service, terms
from tests.docs.test_rule_examples import assert_told


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
