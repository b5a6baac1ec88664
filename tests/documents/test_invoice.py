"""What an invoice says, in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ciclo.documents.figures import MINUS, TIMES
from ciclo.documents.invoice import invoice_document
from ciclo.documents.invoice_facts import Seller
from ciclo.documents.language import Language
from ciclo.documents.page import InvoiceDocument, LineRow, Party, SummaryRow, Tone
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.period import Period
from ciclo.settings.settings import Settings
from tests.builders import service, terms, unused
from tests.documents.paper import (
    ANA,
    EN,
    JANUARY,
    NOW,
    PT,
    SELLER,
    a_line,
    a_paid_invoice,
    an_invoice,
    facts,
)

BASIC, PRO = terms(2990, plan="básico"), terms(9990, plan="profissional", quantity=3)
CHANGE = (
    unused(
        BASIC,
        date(2028, 1, 14),
        date(2028, 2, 1),
        total_days=31,
        amount=-1736,
        tax=-87,
        tax_basis_points=500,
    ),
    service(
        PRO,
        date(2028, 1, 14),
        date(2028, 2, 1),
        total_days=31,
        amount=17402,
        tax=870,
        tax_basis_points=500,
    ),
)


def spaced(text: str) -> str:
    """Return *text* with plain spaces, as it is read."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def entries(given: tuple[SummaryRow, ...]) -> list[tuple[str, str]]:
    return [(entry.label, spaced(entry.value)) for entry in given]


def items(document: InvoiceDocument) -> list[LineRow]:
    return [
        replace(
            item,
            explanation=spaced(item.explanation),
            tax=spaced(item.tax) if item.tax is not None else None,
            amount=spaced(item.amount),
        )
        for item in document.items
    ]


def test_an_open_invoice_in_portuguese() -> None:
    nbsp = "\N{NO-BREAK SPACE}"

    assert invoice_document(facts(an_invoice())) == InvoiceDocument(
        language=PT,
        issued_on=date(2028, 1, 1),
        title="Fatura INV-000123",
        status="Em aberto, vence em 4 de janeiro de 2028",
        tone=Tone.WAITING,
        seller=Party(
            label="Emitida por",
            name="Ciclo Demo Ltda.",
            lines=("CNPJ 11.222.333/0001-81", "Avenida Paulista, 1000, São Paulo, SP"),
        ),
        customer=Party(
            label="Cliente",
            name="Ana Conceição de Souza",
            lines=("CPF 123.456.789-09", "ana@example.com"),
        ),
        facts=(
            SummaryRow("Emissão", "01/01/2028"),
            SummaryRow("Vencimento", "04/01/2028"),
            SummaryRow("Período", "01/01/2028 a 31/01/2028"),
        ),
        columns=("Descrição", "Qtd.", "Valor"),
        items=(
            LineRow(
                title="Plano Básico",
                explanation=f"01/01/2028 a 31/01/2028, 31 de 31 dias {TIMES} R${nbsp}29,90",
                quantity="1",
                tax=None,
                amount=f"R${nbsp}29,90",
            ),
        ),
        sums=(SummaryRow("Subtotal", f"R${nbsp}29,90"), SummaryRow("Total a pagar", f"R${nbsp}29,90")),
        slips=(),
        sections=(),
        page="Página {page} de {pages}",
    )


def test_lines_explain_themselves_in_english() -> None:
    document = invoice_document(facts(an_invoice(*CHANGE), language=EN))

    assert items(document) == [
        LineRow(
            title="Básico",
            explanation=f"Unused days: Jan 14, 2028 to Jan 31, 2028, 18 of 31 days {TIMES} R$ 29.90",
            quantity="1",
            tax=f"{MINUS}R$ 0.87",
            amount=f"{MINUS}R$ 17.36",
        ),
        LineRow(
            title="Profissional",
            explanation=f"Jan 14, 2028 to Jan 31, 2028, 18 of 31 days {TIMES} R$ 99.90 {TIMES} 3",
            quantity="3",
            tax="R$ 8.70",
            amount="R$ 174.02",
        ),
    ]


def test_a_line_of_one_day_names_that_day() -> None:
    line = service(BASIC, date(2028, 1, 31), date(2028, 2, 1), total_days=31, amount=96)

    document = invoice_document(facts(an_invoice(line)))

    assert items(document)[0].explanation == f"31/01/2028, 1 de 31 dias {TIMES} R$ 29,90"


@pytest.mark.parametrize(
    ("language", "sums"),
    [
        (
            PT,
            [
                ("Subtotal", "R$ 156,66"),
                ("Imposto (5%)", "R$ 7,83"),
                ("Crédito aplicado", f"{MINUS}R$ 15,00"),
                ("Total a pagar", "R$ 149,49"),
            ],
        ),
        (
            EN,
            [
                ("Subtotal", "R$ 156.66"),
                ("Tax (5%)", "R$ 7.83"),
                ("Credit applied", f"{MINUS}R$ 15.00"),
                ("Total due", "R$ 149.49"),
            ],
        ),
    ],
)
def test_sums_lead_from_the_lines_to_the_total(language: Language, sums: list[tuple[str, str]]) -> None:
    document = invoice_document(facts(an_invoice(*CHANGE, credit_applied=1500), language=language))

    assert entries(document.sums) == sums
    assert len(document.columns) == 4


def test_taxes_of_several_rates_have_no_rate_in_their_sum() -> None:
    other = replace(CHANGE[1], tax=1740, tax_basis_points=1000)

    document = invoice_document(facts(an_invoice(CHANGE[0], other)))

    assert entries(document.sums)[1] == ("Imposto", "R$ 16,53")


def test_what_a_downgrade_leaves_over_is_kept_as_credit() -> None:
    left_over = replace(CHANGE[0], tax=0, tax_basis_points=0)

    document = invoice_document(facts(a_paid_invoice(left_over, credit_applied=-1736)))

    assert entries(document.sums) == [
        ("Subtotal", f"{MINUS}R$ 17,36"),
        ("Guardado como crédito", "R$ 17,36"),
        ("Total", "R$ 0,00"),
    ]


def test_a_currency_without_decimals_has_none() -> None:
    document = invoice_document(facts(an_invoice(a_line(amount=1200), currency="JPY"), language=EN))

    assert entries(document.sums)[-1] == ("Total due", "JPY 1,200")


@pytest.mark.parametrize(
    ("changes", "portuguese", "english", "tone"),
    [
        (
            {"status": InvoiceStatus.PAID, "paid_at": NOW},
            "Paga em 2 de janeiro de 2028",
            "Paid on January 2, 2028",
            Tone.SETTLED,
        ),
        (
            {"due_on": date(2028, 1, 2)},
            "Em aberto, vence em 2 de janeiro de 2028",
            "Open, due on January 2, 2028",
            Tone.WAITING,
        ),
        (
            {"due_on": date(2028, 1, 1)},
            "Vencida em 1º de janeiro de 2028",
            "Overdue since January 1, 2028",
            Tone.LATE,
        ),
        (
            {"status": InvoiceStatus.CANCELLED, "voided_at": NOW},
            "Cancelada em 2 de janeiro de 2028",
            "Cancelled on January 2, 2028",
            Tone.WITHDRAWN,
        ),
        ({"status": InvoiceStatus.CANCELLED}, "Cancelada", "Cancelled", Tone.WITHDRAWN),
    ],
)
def test_the_status_is_the_days(changes: dict[str, Any], portuguese: str, english: str, tone: Tone) -> None:
    documents = [invoice_document(facts(an_invoice(**changes), language=one)) for one in (PT, EN)]

    assert [(one.status, one.tone) for one in documents] == [(portuguese, tone), (english, tone)]


def test_days_are_the_sellers() -> None:
    # Two in the morning in UTC is still the evening before in São Paulo.
    invoice = a_paid_invoice(
        issued_at=datetime(2028, 1, 1, 2, tzinfo=UTC), paid_at=datetime(2028, 1, 4, 2, tzinfo=UTC)
    )

    document = invoice_document(facts(invoice))

    assert (document.issued_on, document.status) == (date(2027, 12, 31), "Paga em 3 de janeiro de 2028")


@pytest.mark.parametrize(
    ("changes", "party"),
    [
        (
            {"name": None, "tax_id": None},
            Party(label="Bill to", name="ana@example.com", lines=()),
        ),
        (
            {"name": "\u200b", "tax_id": "   "},
            Party(label="Bill to", name="ana@example.com", lines=()),
        ),
        (
            {"tax_id": "<b>1</b>"},
            Party(
                label="Bill to",
                name="Ana Conceição de Souza",
                lines=("Tax ID <b>1</b>", "ana@example.com"),
            ),
        ),
    ],
)
def test_a_customer_is_called_by_what_is_known(changes: dict[str, Any], party: Party) -> None:
    document = invoice_document(facts(an_invoice(), customer=replace(ANA, **changes), language=EN))

    assert document.customer == party


def test_an_invoice_without_a_number_goes_by_its_id() -> None:
    assert invoice_document(facts(an_invoice(number=None))).title == "Fatura inv_1"


def test_a_period_is_shown_with_the_day_that_it_ends_on() -> None:
    document = invoice_document(facts(an_invoice(period=Period(JANUARY.start, date(2028, 3, 1)))))

    assert document.facts[-1] == SummaryRow("Período", "01/01/2028 a 29/02/2028")


def test_the_seller_is_the_one_in_the_settings(settings: Settings) -> None:
    assert Seller.of(settings) == SELLER


def test_what_came_of_it_comes_off_what_is_to_pay() -> None:
    # 29.90 - 20.00 = 9.90
    document = invoice_document(facts(an_invoice(partly_paid=2000)))

    assert entries(document.sums) == [
        ("Subtotal", "R$ 29,90"),
        ("Já pago", f"{MINUS}R$ 20,00"),
        ("Total a pagar", "R$ 9,90"),
    ]
