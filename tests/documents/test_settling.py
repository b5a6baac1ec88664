"""How an invoice was settled: receipts, payments, refunds and credit notes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ciclo.documents.figures import MINUS
from ciclo.documents.invoice_facts import InvoiceFacts
from ciclo.documents.page import MoneyRow, Section, SummaryRow
from ciclo.documents.receipt import receipt_sections
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.payment import MethodKind, PaymentMethod, RefundStatus
from tests.builders import BOLETO, PIX
from tests.documents.paper import (
    EN,
    NOW,
    a_credit_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_pix_payment,
    a_refund,
    an_invoice,
    facts,
)

PAID = a_paid_invoice()
COLUMNS = ("Data", "Forma de pagamento", "Valor")


def shown(given: InvoiceFacts) -> list[Section]:
    """Return the sections with plain spaces, as they are read."""

    def spaced(text: str) -> str:
        return text.replace("\N{NO-BREAK SPACE}", " ")

    return [
        replace(
            section,
            text=spaced(section.text) if section.text is not None else None,
            movements=tuple(replace(one, amount=spaced(one.amount)) for one in section.movements),
            sum=replace(section.sum, value=spaced(section.sum.value)) if section.sum else None,
        )
        for section in receipt_sections(given)
    ]


def test_a_paid_invoice_is_its_own_receipt() -> None:
    assert shown(facts(PAID, payments=[a_payment(PAID)])) == [
        Section(
            heading="Recibo",
            text="Recebemos de Ana Conceição de Souza o valor de R$ 29,90, referente à fatura INV-000123.",
            columns=COLUMNS,
            movements=(MoneyRow("02/01/2028", "Cartão Visa final 4242", "R$ 29,90"),),
        )
    ]


def test_refunds_come_off_what_was_received_and_say_when_they_arrive() -> None:
    refunds = (a_refund(1000), a_refund(500, status=RefundStatus.PENDING))
    refused = a_refund(200, status=RefundStatus.FAILED)
    payment = a_payment(PAID, refunds=(*refunds, refused))

    assert shown(facts(PAID, payments=[payment], language=EN)) == [
        Section(
            heading="Receipt",
            text="Received from Ana Conceição de Souza the amount of R$ 29.90 for invoice INV-000123.",
            columns=("Date", "Method", "Amount"),
            movements=(
                MoneyRow("Jan 2, 2028", "Visa card ending in 4242", "R$ 29.90"),
                MoneyRow("Jan 2, 2028", "Refund", f"{MINUS}R$ 10.00"),
                MoneyRow("Jan 2, 2028", "Refund requested", f"{MINUS}R$ 5.00"),
            ),
            sum=SummaryRow("Received after refunds", "R$ 14.90"),
            note="Refunds arrive within 5 business days.",
        )
    ]


@pytest.mark.parametrize(
    ("method", "portuguese", "english"),
    [
        (PIX, "Pix", "Pix"),
        (BOLETO, "Boleto", "Boleto"),
        (None, "Pagamento", "Payment"),
        (PaymentMethod(kind=MethodKind.CREDIT_CARD, token="t"), "Cartão de crédito", "Credit card"),
        (
            PaymentMethod(kind=MethodKind.CREDIT_CARD, token="t", brand="amex", last_four="0005"),
            "Cartão American Express final 0005",
            "American Express card ending in 0005",
        ),
        (
            PaymentMethod(kind=MethodKind.CREDIT_CARD, token="t", brand="elo", last_four="0005"),
            "Cartão Elo final 0005",
            "Elo card ending in 0005",
        ),
        (
            PaymentMethod(kind=MethodKind.CREDIT_CARD, token="t", brand="unknown", last_four="0005"),
            "Cartão final 0005",
            "Card ending in 0005",
        ),
    ],
)
def test_a_payment_names_its_method(method: PaymentMethod | None, portuguese: str, english: str) -> None:
    payments = [a_payment(PAID, method=method)]

    told = [shown(facts(PAID, payments=payments)), shown(facts(PAID, payments=payments, language=EN))]

    assert [sections[0].movements[0].what for sections in told] == [portuguese, english]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"credit_applied": 2990}, "Esta fatura foi paga com crédito do cliente."),
        ({"credit_applied": -100}, "Não há valor a pagar por esta fatura."),
    ],
)
def test_a_receipt_without_payments_says_why(changes: dict[str, Any], text: str) -> None:
    assert shown(facts(a_paid_invoice(**changes))) == [
        Section(heading="Recibo", text=text, columns=COLUMNS, movements=())
    ]


def test_tries_that_brought_no_money_are_not_shown() -> None:
    assert receipt_sections(facts(an_invoice(), payments=[a_pix_payment(an_invoice())])) == ()


def test_money_for_a_cancelled_invoice_is_shown_without_a_receipt() -> None:
    invoice = an_invoice(status=InvoiceStatus.CANCELLED, voided_at=NOW)

    assert shown(facts(invoice, payments=[a_payment(invoice)])) == [
        Section(
            heading="Pagamentos",
            text=None,
            columns=COLUMNS,
            movements=(MoneyRow("02/01/2028", "Cartão Visa final 4242", "R$ 29,90"),),
        )
    ]


def test_a_receipt_adds_up_several_payments() -> None:
    invoice = a_paid_invoice(a_line(amount=5000))
    first = a_payment(invoice, amount=2000, completed_at=NOW - timedelta(days=1))
    second = a_payment(invoice, amount=3000, method=PIX)

    section = shown(facts(invoice, payments=[first, second]))[0]

    assert section.text is not None
    assert "o valor de R$ 50,00" in section.text
    assert [movement.amount for movement in section.movements] == ["R$ 20,00", "R$ 30,00"]


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("cancellation", "CN-000004, cancelamento"),
        ("pause", "CN-000004, pausa"),
        ("goodwill \U0001f600", "CN-000004, goodwill \ufffd"),
        ("", "CN-000004"),
    ],
)
def test_credit_notes_name_their_reason(reason: str, what: str) -> None:
    invoice = an_invoice()

    assert shown(facts(invoice, credit_notes=[a_credit_note(invoice, reason=reason)])) == [
        Section(
            heading="Notas de crédito",
            text=None,
            columns=("Data", "Nota de crédito", "Valor"),
            movements=(MoneyRow("02/01/2028", what, "R$ 12,34"),),
        )
    ]
