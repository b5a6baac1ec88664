"""Invoices as rows: what coupons took off, and what each rate of tax comes to, are sums over the lines."""

from dataclasses import replace
from datetime import date
from typing import Any

from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Line
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import LineTax, TaxRate
from ciclo.exports.cells import csv_text
from ciclo.exports.invoices import COLUMNS, invoice_row
from tests.builders import Story, service, terms, unused

ISS = TaxRate(name="ISS", basis_points=550, inclusive=True)
VAT = TaxRate(name="VAT", basis_points=2_000)
JAN_1, FEB_1 = date(2026, 1, 1), date(2026, 2, 1)


def cells(*lines: Line) -> dict[str, Any]:
    [invoice] = Story(JAN_1).start().invoices
    row = invoice_row(replace(invoice, lines=lines), None, today=JAN_1)
    return {name: csv_text(cell) for name, cell in zip(COLUMNS, row, strict=True)}


def line(amount: int, *, off: int, taxes: dict[TaxRate, int]) -> Line:
    make = service if amount > 0 else unused
    return replace(
        make(terms(), JAN_1, FEB_1, total_days=31, amount=amount, tax=sum(taxes.values())),
        discounts=(LineDiscount(id=DiscountId("dsc_1"), code="VERAO", amount=off),),
        taxes=tuple(LineTax(rate=rate, amount=tax) for rate, tax in taxes.items()),
    )


def test_what_is_given_back_takes_its_discount_and_its_taxes_along() -> None:
    row = cells(
        line(-2_990, off=-598, taxes={ISS: -125}),
        line(7_990, off=1_598, taxes={ISS: 333, VAT: 1_278}),
    )

    # 15.98 - 5.98 = 10.00; 3.33 - 1.25 = 2.08
    assert (row["discount"], row["taxes"]) == ("10.00", '{"ISS 5.5% included":"2.08","VAT 20%":"12.78"}')


def test_the_one_rate_without_a_name_is_in_the_tax_alone() -> None:
    row = cells(service(terms(), JAN_1, FEB_1, total_days=31, amount=2_990, tax=150, tax_basis_points=500))

    assert (row["discount"], row["taxes"]) == ("0.00", "{}")
    assert list(row)[-2:] == ["discount", "taxes"]
