"""What a line says of itself, in each language, adds up to its net."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.documents.figures import TIMES
from ciclo.documents.language import Language
from ciclo.documents.line_text import explain_line, tax_text
from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.tax_rate import TaxRate
from ciclo.domain.period import Period
from ciclo.domain.proration import price_line, unused_line
from tests.builders import service, terms

PT, EN = Language.PORTUGUESE, Language.ENGLISH
FIRST, END = date(2027, 1, 31), date(2027, 2, 28)
UNUSED = Period(date(2027, 2, 10), END)
PERCENT = LineDiscount(id=DiscountId("dsc_1"), code="VERAO", amount=1598, basis_points=2000, place=2, count=3)
FIXED = LineDiscount(id=DiscountId("dsc_2"), code="DEZ", amount=1000)


def charge(*discounts: LineDiscount, quantity: int = 1) -> Line:
    of = terms(7990 // quantity, quantity=quantity)
    return price_line(service(of, FIRST, END, total_days=28, amount=0), 7990, discounts)


def item(quantity: int) -> Line:
    line = replace(charge(), kind=LineKind.ONE_OFF, service=Period(FIRST, FIRST), total_days=0)
    return price_line(replace(line, unit_price=1500, quantity=quantity), 1500 * quantity)


@pytest.mark.parametrize(
    ("line", "language", "text"),
    [
        (charge(), EN, f"28 of 28 days {TIMES} R$ 79.90"),
        (charge(quantity=2), PT, f"28 de 28 dias {TIMES} R$ 39,95 {TIMES} 2"),
        (item(1), EN, "R$ 15.00"),
        (item(2), PT, f"R$ 15,00 {TIMES} 2"),
        # 79.90 - 15.98 - 10.00 = 53.92
        (
            charge(PERCENT, FIXED),
            EN,
            (
                f"28 of 28 days {TIMES} R$ 79.90 = R$ 79.90, less R$ 15.98 (20%, code VERAO, 2 of 3), "
                "R$ 10.00 (code DEZ)"
            ),
        ),
        (
            charge(FIXED),
            PT,
            f"28 de 28 dias {TIMES} R$ 79,90 = R$ 79,90, menos R$ 10,00 (cupom DEZ)",
        ),
    ],
)
def test_a_charge_says_how_it_came_about(line: Line, language: Language, text: str) -> None:
    assert explain_line(line, "BRL", language).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_credit_says_what_of_the_discount_it_takes_back() -> None:
    credit = unused_line(charge(PERCENT), unused=UNUSED, left=6392)

    # 51.36 - 10.27 = 41.09
    assert credit is not None
    said = explain_line(credit, "BRL", EN, dated=True).replace("\N{NO-BREAK SPACE}", " ")
    assert said == (
        f"Unused days: Feb 10, 2027 to Feb 27, 2027, 18 of 28 days {TIMES} R$ 79.90 = R$ 51.36, "
        "less R$ 10.27 (20%, code VERAO, 2 of 3)"
    )


def test_a_capped_credit_says_what_was_left() -> None:
    credit = unused_line(charge(PERCENT), unused=UNUSED, left=1000)

    assert credit is not None
    said = explain_line(credit, "BRL", PT).replace("\N{NO-BREAK SPACE}", " ")
    assert said == f"Dias não usados: 18 de 28 dias {TIMES} R$ 79,90; restavam só R$ 10,00 a devolver"


def test_a_rate_is_called_by_its_name_and_told_as_a_part_where_the_price_has_it_within() -> None:
    rate = TaxRate(name="ISS", basis_points=525)

    assert tax_text(rate, PT) == "ISS (5,25%)"
    assert tax_text(replace(rate, inclusive=True), EN) == "of which ISS (5.25%)"
    assert tax_text(replace(rate, name=""), PT) == "Imposto (5,25%)"
