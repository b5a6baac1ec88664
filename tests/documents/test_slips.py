"""How an open invoice can be paid: PIX and boleto."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ciclo.documents.page import PaymentSlip, SummaryRow
from ciclo.documents.slips import LINE_CHARS, PIX_CHARS_MAX, payment_slips
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.payment import MethodKind, PaymentStatus, PixCode
from tests.documents.paper import (
    EN,
    NOW,
    a_boleto,
    a_pix_payment,
    a_waiting_payment,
    an_invoice,
    facts,
    pix_code,
)

INVOICE = an_invoice()
CODE = pix_code(2990)
PRICE = "R$\N{NO-BREAK SPACE}29,90"


def test_a_pix_that_waits_can_be_scanned_or_copied() -> None:
    (slip,) = payment_slips(facts(INVOICE, payments=[a_pix_payment(INVOICE)]))

    assert slip == PaymentSlip(
        heading="Pague com Pix",
        how="No aplicativo do seu banco, aponte a câmera para o código ou use o texto do Pix copia e cola.",
        entries=(SummaryRow("Valor", PRICE), SummaryRow("Válido até", "3 de janeiro de 2028, 12:00")),
        code_label="Pix copia e cola",
        code=slip.code,
        qr=CODE,
        alt="Código QR do Pix",
    )
    assert "".join(slip.code) == CODE
    assert [len(line) for line in slip.code[:-1]] == [LINE_CHARS] * (len(slip.code) - 1)


def test_a_boleto_that_waits_can_be_scanned_or_typed() -> None:
    boleto = a_boleto(2990)
    payment = a_waiting_payment(INVOICE, MethodKind.BOLETO, boleto=boleto)

    assert payment_slips(facts(INVOICE, payments=[payment], language=EN)) == (
        PaymentSlip(
            heading="Pay with boleto",
            how="In your bank's app, read the bar code or type the line.",
            entries=(SummaryRow("Amount", "R$\N{NO-BREAK SPACE}29.90"), SummaryRow("Due", "Jan 7, 2028")),
            code_label="Digitable line",
            code=(boleto.digitable_line,),
            bar_code=boleto.barcode,
            alt="Bar code of the boleto",
        ),
    )


def test_a_boleto_with_a_pix_code_offers_both() -> None:
    boleto = a_boleto(2990, pix_copy_paste=CODE)
    payment = a_waiting_payment(INVOICE, MethodKind.BOLETO, boleto=boleto)

    offered = payment_slips(facts(INVOICE, payments=[payment]))

    assert [(slip.heading, slip.qr, slip.bar_code) for slip in offered] == [
        ("Pague com boleto", None, boleto.barcode),
        ("Ou pague o boleto com Pix", CODE, None),
    ]


def test_the_newest_code_that_waits_is_the_one_to_pay() -> None:
    older, newer = pix_code(2990), pix_code(3000)
    payments = [a_pix_payment(INVOICE, pix=PixCode(copy_paste=code)) for code in (older, newer)]

    assert [slip.qr for slip in payment_slips(facts(INVOICE, payments=payments))] == [newer]


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(days=1)},
        {"pix": None},
        {"status": PaymentStatus.FAILED, "failed_at": NOW, "failed_attempts": 1},
        {"status": PaymentStatus.COMPLETED, "completed_at": NOW},
        {"pix": PixCode(copy_paste="café")},
        {"pix": PixCode(copy_paste="")},
        {"pix": PixCode(copy_paste="0" * (PIX_CHARS_MAX + 1))},
    ],
)
def test_a_code_that_is_over_or_none_is_not_offered(changes: dict[str, Any]) -> None:
    assert payment_slips(facts(INVOICE, payments=[a_pix_payment(INVOICE, **changes)])) == ()


@pytest.mark.parametrize("status", [InvoiceStatus.PAID, InvoiceStatus.CANCELLED])
def test_what_nobody_owes_is_not_offered_for_payment(status: InvoiceStatus) -> None:
    invoice = an_invoice(status=status)

    assert payment_slips(facts(invoice, payments=[a_pix_payment(invoice)])) == ()


def test_a_code_without_an_end_names_none() -> None:
    (slip,) = payment_slips(facts(INVOICE, payments=[a_pix_payment(INVOICE, expires_at=None)]))

    assert slip.entries == (SummaryRow("Valor", PRICE),)


@pytest.mark.parametrize("digits", [None, "", "1" * 43, "x" * 44])
def test_a_bar_code_that_is_none_is_not_drawn(digits: str | None) -> None:
    boleto = replace(a_boleto(2990), barcode=digits)
    payment = a_waiting_payment(INVOICE, MethodKind.BOLETO, boleto=boleto)

    (slip,) = payment_slips(facts(INVOICE, payments=[payment]))

    assert (slip.bar_code, slip.code) == (None, (boleto.digitable_line,))


def test_a_line_to_type_that_is_none_is_not_offered() -> None:
    boleto = replace(a_boleto(2990), digitable_line="<script>")
    payment = a_waiting_payment(INVOICE, MethodKind.BOLETO, boleto=boleto)

    assert payment_slips(facts(INVOICE, payments=[payment])) == ()


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("x" * 74, ("x" * 74,)),
        ("x" * 75, ("x" * 74, "x")),
        ("x" * 73 + " yz", ("x" * 72, "x yz")),
        ("x" * 74 + " yz", ("x" * 73, "x yz")),
        (" " * 80, (" " * 74, " " * 6)),
    ],
)
def test_lines_break_where_no_space_is_lost(code: str, lines: tuple[str, ...]) -> None:
    payment = a_pix_payment(INVOICE, pix=PixCode(copy_paste=code))

    (slip,) = payment_slips(facts(INVOICE, payments=[payment]))

    assert slip.code == lines
