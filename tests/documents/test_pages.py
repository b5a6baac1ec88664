"""The printed pages: what a reader, a screen reader and a camera find on them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest

from ciclo.documents.figures import MINUS
from ciclo.documents.language import Language
from ciclo.documents.render import new_compiler
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import MethodKind
from tests.documents.paper import (
    ANA,
    EN,
    PT,
    SELLER,
    a_boleto,
    a_credit_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_pix_payment,
    a_refund,
    a_waiting_payment,
    an_invoice,
    codes_of,
    facts,
    margins_mm,
    pages_of,
    pdf_of,
    pix_code,
    text_of,
    words_of,
)

GOLDEN = Path(__file__).with_name("golden")
LINES_MAX = 60
MARGIN_MM = 21.5


def long_invoice(lines: int) -> Invoice:
    return an_invoice(*(a_line(f"Plano {place:02d}") for place in range(1, lines + 1)))


@pytest.mark.parametrize("language", [PT, EN])
def test_one_line_and_its_receipt_read_as_they_always_did(tmp_path: Path, language: Language) -> None:
    invoice = a_paid_invoice()
    given = facts(invoice, payments=[a_payment(invoice)], language=language)

    pages = pages_of(given, by=new_compiler(fonts=tmp_path))

    assert "\f".join(pages) + "\n" == (GOLDEN / f"one-line.{language}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", [PT, EN])
def test_sixty_lines_read_as_they_always_did(tmp_path: Path, language: Language) -> None:
    invoice = long_invoice(LINES_MAX)
    given = facts(invoice, payments=[a_pix_payment(invoice)], language=language)

    pages = pages_of(given, by=new_compiler(fonts=tmp_path))

    assert "\f".join(pages) + "\n" == (GOLDEN / f"sixty-lines.{language}.txt").read_text(encoding="utf-8")


def test_accents_and_amounts_are_right_on_paper() -> None:
    invoice = a_paid_invoice(a_line("Assinatura Ação & Coração", amount=123456))
    refunded = a_payment(invoice, refunds=(a_refund(23456),))
    text = words_of(facts(invoice, payments=[refunded], credit_notes=[a_credit_note(invoice)]))

    for expected in (
        "Paga em 2 de janeiro de 2028",
        "Ana Conceição de Souza",
        "Avenida Paulista, 1000, São Paulo, SP",
        "Descrição Qtd. Valor",
        "Assinatura Ação & Coração",
        "31 de 31 dias × R$ 1.234,56",  # noqa: RUF001 - the sign on the page
        "Subtotal R$ 1.234,56",
        "Total R$ 1.234,56",
        f"Reembolso {MINUS}R$ 234,56",
        "Recebido após reembolsos R$ 1.000,00",
        "Reembolsos chegam em até 5 dias úteis.",
        "CN-000004, cancelamento R$ 12,34",
    ):
        assert expected in text


@pytest.mark.parametrize(("language", "tag"), [(PT, "pt-BR"), (EN, "en")])
def test_the_pdf_is_tagged_archivable_and_says_what_it_is(language: Language, tag: str) -> None:
    invoice = an_invoice()
    pdf = pdf_of(facts(invoice, payments=[a_pix_payment(invoice)], language=language))
    root: Any = pdf.trailer["/Root"]
    about = root["/Metadata"].get_data().decode()

    assert root["/Lang"] == tag
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own boolean
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about
    assert pdf.metadata is not None
    assert pdf.metadata.author == SELLER.name
    assert pdf.metadata.title in {"Fatura INV-000123", "Invoice INV-000123"}
    assert str(pdf.metadata.creation_date) == "2028-01-01 00:00:00+00:00"


def test_a_screen_reader_finds_headings_tables_and_what_pictures_mean() -> None:
    invoice = an_invoice()
    given = facts(
        invoice, payments=[a_pix_payment(invoice)], credit_notes=[a_credit_note(invoice)], language=EN
    )
    root: Any = pdf_of(given).trailer["/Root"]
    elements = list(_elements(root["/StructTreeRoot"]["/K"]))
    tags = [element["/S"] for element in elements]

    assert [element["/T"] for element in elements if element["/S"] in {"/H1", "/H2"}] == [
        "Invoice INV-000123",
        "Pay with Pix",
        "Credit notes",
    ]
    assert [element["/Alt"] for element in elements if "/Alt" in element] == ["Pix QR code"]
    assert (tags.count("/Table"), tags.count("/TH")) == (2, 6)


@pytest.mark.parametrize("language", [PT, EN])
def test_a_camera_reads_the_pix_code_and_the_text_can_be_copied(language: Language) -> None:
    invoice = an_invoice(a_line(amount=123456))
    given = facts(invoice, payments=[a_pix_payment(invoice)], language=language)
    code = pix_code(123456)

    assert codes_of(given) == {("QR Code", code)}
    assert code in text_of(given).replace("\n", "")


def test_a_scanner_reads_the_bar_code_and_the_line_can_be_copied() -> None:
    invoice = an_invoice()
    boleto = a_boleto(2990, pix_copy_paste=pix_code(2990))
    given = facts(invoice, payments=[a_waiting_payment(invoice, MethodKind.BOLETO, boleto=boleto)])

    assert codes_of(given) == {("ITF", boleto.barcode), ("QR Code", pix_code(2990))}
    assert boleto.digitable_line in text_of(given)


def test_sixty_lines_span_pages_that_repeat_their_headers() -> None:
    pages = pages_of(facts(long_invoice(LINES_MAX)))

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "Descrição Qtd. Valor" in page
        assert f"Página {number} de {len(pages)}" in page
        assert "Fatura INV-000123" in page
    shown = [line for page in pages for line in page.splitlines() if line.startswith("Plano ")]
    assert shown == [f"Plano {place:02d}" for place in range(1, LINES_MAX + 1)]


@pytest.mark.parametrize("lines", range(1, LINES_MAX, 2))
def test_the_total_is_never_parted_from_the_last_line(lines: int) -> None:
    invoice = long_invoice(lines)
    pages = pages_of(facts(invoice, payments=[a_pix_payment(invoice)]))

    (with_total,) = (page for page in pages if "Total a pagar" in page)
    assert f"Plano {lines:02d}\n" in with_total
    assert "Subtotal" in with_total


def test_a_heading_is_never_parted_from_its_table() -> None:
    for lines in range(8, 14):
        invoice = replace(long_invoice(lines), status=a_paid_invoice().status)
        pages = pages_of(facts(invoice, payments=[a_payment(invoice)]))

        (with_heading,) = (page for page in pages if "Recibo\n" in page)
        assert "Cartão Visa final 4242" in with_heading


HOSTILE = (
    "#panic() ]#let x = 1",
    "$x$ *b* _i_ `c` @ref <tag> // /* \\u{1F600}",
    '"); #read("/etc/passwd")',
    "<img src=http://127.0.0.1/x.png>",
    "{amount} {0} %s ${x}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_names_stays_text(text: str) -> None:
    invoice = a_paid_invoice(a_line(text))
    given = facts(
        invoice,
        payments=[a_payment(invoice)],
        customer=replace(ANA, name=text, tax_id=text),
        seller=replace(SELLER, name=text, address=text, tax_id=text),
        credit_notes=[a_credit_note(invoice, reason=text)],
    )

    # Seller's name, number and address, footer; customer's name and number, receipt; line; credit note.
    assert words_of(given).count(text) == 9
    assert _links(pdf_of(given)) == []


def test_other_scripts_stay_text_and_emoji_become_a_mark() -> None:
    given = facts(an_invoice(a_line("Привет Γειά \U0001f600")), customer=replace(ANA, name="שלום"))
    text = text_of(given)

    assert "Привет Γειά \ufffd" in text
    assert "שלום" in text or "םולש" in text


@pytest.mark.parametrize("name", ["W" * 200, "Companhia de Serviços " * 9, "i" * 30])
def test_long_names_stay_on_the_page_and_can_be_copied(name: str) -> None:
    invoice = a_paid_invoice(a_line(name))
    given = facts(
        invoice,
        payments=[a_payment(invoice)],
        customer=replace(ANA, name=name),
        seller=replace(SELLER, name=name),
    )
    copied = "".join(text_of(given).split())

    # Seller, footer of each page, customer, line, receipt.
    assert copied.count("".join(name.split())) == 4 + len(pages_of(given))
    assert all(min(margins) >= MARGIN_MM for margins in margins_mm(given))


def _elements(node: Any) -> Any:
    """Yield the elements of a structure tree, in reading order."""
    node = node.get_object()
    if isinstance(node, pypdf.generic.ArrayObject):
        for child in node:
            yield from _elements(child)
    elif isinstance(node, pypdf.generic.DictionaryObject) and "/S" in node:
        yield node
        if "/K" in node:
            yield from _elements(node["/K"])


def _links(pdf: pypdf.PdfReader) -> list[Any]:
    return [page["/Annots"] for page in pdf.pages if "/Annots" in page]
