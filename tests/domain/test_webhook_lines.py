"""What messages about an invoice say of its lines: discounts and taxes under the names of the API."""

from dataclasses import replace
from datetime import date
from typing import cast

from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Line
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import LineTax, TaxRate
from ciclo.domain.webhooks.snapshot import snapshot
from tests.builders import Story, service, terms

JAN_1, FEB_1 = date(2026, 1, 1), date(2026, 2, 1)


def shown_line(line: Line) -> dict[str, object]:
    """Return what a message of an invoice with *line* says of its amounts."""
    [invoice] = Story(JAN_1).start().invoices
    [shown] = cast("list[dict[str, object]]", snapshot(replace(invoice, lines=(line,)))["lines"])
    return {name: shown[name] for name in ("amount", "discount", "discounts", "net", "tax", "taxes", "total")}


def brl(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "BRL"}


def test_an_invoice_is_told_with_what_coupons_took_off_and_each_tax() -> None:
    iss = TaxRate(name="ISS", basis_points=500, inclusive=True)
    vat = TaxRate(name="VAT", basis_points=2_000)
    line = replace(
        # 79.90 less 20 % is 63.92; 63.92 x 5/105 = 3.04 are within it, 63.92 x 20 % = 12.78 on top.
        service(terms(7_990), JAN_1, FEB_1, total_days=31, amount=7_990, tax=304 + 1_278),
        discounts=(LineDiscount(id=DiscountId("dsc_1"), code="VERAO", amount=1_598, basis_points=2_000),),
        taxes=(LineTax(rate=iss, amount=304), LineTax(rate=vat, amount=1_278)),
    )

    assert shown_line(line) == {
        "amount": brl("79.90"),
        "discount": brl("15.98"),
        "discounts": [{"discountId": "dsc_1", "code": "VERAO", "amount": brl("15.98")}],
        "net": brl("63.92"),
        "tax": brl("15.82"),
        "taxes": [
            {"name": "ISS", "basisPoints": 500, "inclusive": True, "amount": brl("3.04")},
            {"name": "VAT", "basisPoints": 2_000, "inclusive": False, "amount": brl("12.78")},
        ],
        "total": brl("76.70"),
    }


def test_the_one_rate_without_a_name_is_told_without_one() -> None:
    # 10 % of 29.90 on top
    taxed = service(terms(), JAN_1, FEB_1, total_days=31, amount=2_990, tax=299, tax_basis_points=1_000)
    untaxed = service(terms(), JAN_1, FEB_1, total_days=31, amount=2_990)

    assert shown_line(taxed)["taxes"] == [
        {"name": None, "basisPoints": 1_000, "inclusive": False, "amount": brl("2.99")}
    ]
    assert shown_line(taxed)["total"] == brl("32.89")
    assert (shown_line(untaxed)["taxes"], shown_line(untaxed)["discounts"]) == ([], [])
