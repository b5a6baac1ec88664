"""Typesetting: the same bytes for the same document, beside the event loop, a few at a time."""

import asyncio
import io
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
import typst
from structlog.testing import capture_logs

from ciclo.documents.invoice import invoice_document
from ciclo.documents.page import InvoiceDocument
from ciclo.documents.render import (
    FONTS,
    RENDERS_CONCURRENT_MAX,
    Drawings,
    Typesetter,
    new_compiler,
    render_pdf,
)
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from ciclo.settings.brand import Brand, read_logo, read_title_font
from portal.fonts import file_name
from tests.documents.paper import DRAWINGS, a_pix_payment, an_invoice, facts, pages_of, pdf_of
from tests.stack import until
from tests.web.pictures import a_png

AWAIT_S_MAX = 10.0
TICKS = 100


def a_document() -> InvoiceDocument:
    """Return a document with a QR code: drawing it is part of the work."""
    return invoice_document(facts(an_invoice(), payments=[a_pix_payment(an_invoice())]))


class Gate:
    """A QR code that takes until it is opened, and the number of those that are being drawn."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.drawing = 0
        self.drawing_max = 0
        self._lock = threading.Lock()

    def draw(self, text: str) -> str:
        with self._lock:
            self.drawing += 1
            self.drawing_max = max(self.drawing, self.drawing_max)
        assert self.open.wait(AWAIT_S_MAX)
        with self._lock:
            self.drawing -= 1
        return qr_svg(text)

    @property
    def drawings(self) -> Drawings:
        return Drawings(qr=self.draw, bar_code=itf_svg)

    async def reached_by(self, number: int) -> None:
        async def reached() -> bool:
            return self.drawing >= number

        await until(reached)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


@asynccontextmanager
async def heartbeat(ticks: list[None]) -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            ticks.append(None)
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat())
    yield
    beating.cancel()
    await asyncio.wait([beating])


async def test_the_same_document_gives_the_same_bytes() -> None:
    one, other = Typesetter(DRAWINGS), Typesetter(DRAWINGS)
    document = a_document()

    printed = [await typesetter.pdf(document) for typesetter in (one, one, other)]

    assert printed[0].startswith(b"%PDF-1.7")
    assert set(printed) == {printed[0]}
    assert await one.pdf(replace(document, title="Fatura INV-000124")) != printed[0]


async def test_pages_wear_the_sellers_brand(tmp_path: Path) -> None:
    logo, font = tmp_path / "logo.png", tmp_path / "font" / "title.ttf"
    logo.write_bytes(a_png(width=240, height=60))
    font.parent.mkdir()
    shutil.copyfile(FONTS / file_name("Medium"), font)
    brand = Brand(
        name="FitLocus",
        accent="#ffb000",
        logo=read_logo(logo),
        title_font=read_title_font(font),
        support="ajuda@example.com",
    )
    typesetter = Typesetter(DRAWINGS, brand=brand)

    page = pypdf.PdfReader(io.BytesIO(await typesetter.pdf(a_document()))).pages[0]

    assert [(image.image.width, image.image.height) for image in page.images if image.image][:1] == [
        (240, 60)
    ]
    assert "ajuda@example.com" in page.extract_text()


async def test_the_event_loop_goes_on_while_documents_are_made() -> None:
    ticks: list[None] = []
    loops_on: list[bool] = []

    def draw(text: str) -> str:
        """Take until the loop has done more: if it stood still, this would never end."""
        until, pause = len(ticks) + TICKS, threading.Event()
        loops_on.append(any(len(ticks) >= until or pause.wait(0.001) for _ in range(5_000)))
        return qr_svg(text)

    typesetter = Typesetter(Drawings(qr=draw, bar_code=itf_svg))
    async with heartbeat(ticks):
        await asyncio.gather(*(typesetter.pdf(a_document()) for _ in range(5)))

    assert loops_on == [True] * 5
    assert len(ticks) >= 2 * TICKS


async def test_no_more_documents_are_made_at_once_than_allowed(gate: Gate) -> None:
    typesetter = Typesetter(gate.drawings)
    printing = [asyncio.create_task(typesetter.pdf(a_document())) for _ in range(6)]
    await gate.reached_by(RENDERS_CONCURRENT_MAX)

    gate.open.set()
    printed = await asyncio.gather(*printing)

    assert len(set(printed)) == 1
    assert gate.drawing_max == RENDERS_CONCURRENT_MAX


async def test_waiting_ends_in_time(gate: Gate) -> None:
    typesetter = Typesetter(gate.drawings, seconds_max=0.02)
    results = await asyncio.gather(
        *(typesetter.pdf(a_document()) for _ in range(RENDERS_CONCURRENT_MAX + 1)), return_exceptions=True
    )

    assert [type(result) for result in results] == [TimeoutError] * (RENDERS_CONCURRENT_MAX + 1)


async def test_who_stops_waiting_does_not_let_more_in(gate: Gate) -> None:
    typesetter = Typesetter(gate.drawings)
    left = [asyncio.create_task(typesetter.pdf(a_document())) for _ in range(RENDERS_CONCURRENT_MAX)]
    await gate.reached_by(RENDERS_CONCURRENT_MAX)
    for task in left:
        task.cancel()
    await asyncio.wait(left)

    next_one = asyncio.create_task(typesetter.pdf(a_document()))
    for _ in range(TICKS):
        await asyncio.sleep(0)

    assert (next_one.done(), gate.drawing) == (False, RENDERS_CONCURRENT_MAX)
    gate.open.set()
    assert (await next_one).startswith(b"%PDF")
    assert gate.drawing_max == RENDERS_CONCURRENT_MAX


async def test_a_failure_is_told_and_frees_its_place() -> None:
    outcomes = iter([ValueError("no code")] * (RENDERS_CONCURRENT_MAX + 1))

    def draw(text: str) -> str:
        if (error := next(outcomes, None)) is not None:
            raise error
        return qr_svg(text)

    typesetter = Typesetter(Drawings(qr=draw, bar_code=itf_svg))
    for _ in range(RENDERS_CONCURRENT_MAX + 1):
        with pytest.raises(ValueError, match="no code"):
            await typesetter.pdf(a_document())

    assert (await typesetter.pdf(a_document())).startswith(b"%PDF")


def test_without_our_fonts_typsts_own_serve_and_it_is_said_once(tmp_path: Path) -> None:
    with capture_logs() as logs:
        compilers = [new_compiler(fonts=tmp_path) for _ in range(2)]

    assert logs == [
        {
            "event": "documents_fonts_missing",
            "log_level": "warning",
            "folder": str(tmp_path),
            "help": "run `ciclo assets`",
        }
    ]
    assert _families(compilers[0]) == {"LibertinusSerif"}
    assert pages_of(facts(an_invoice()), by=compilers[0]) == pages_of(facts(an_invoice()))


def test_our_fonts_are_the_ones_on_paper() -> None:
    assert _families(new_compiler(fonts=FONTS)) == {"HankenGrotesk"}


def test_a_compiler_that_is_kept_gives_what_a_new_one_gives() -> None:
    kept = new_compiler()
    other = replace(a_document(), title="Fatura INV-000124", slips=())

    printed = [render_pdf(kept, document, DRAWINGS) for document in (a_document(), other, a_document())]

    assert printed[0] == printed[2] == render_pdf(new_compiler(), a_document(), DRAWINGS)


def _families(compiler: typst.Compiler) -> set[str]:
    """Return the font families on an invoice's pages; PDF names a subset ABCDEF+Family-Style."""
    fonts = [
        font.get_object()["/BaseFont"]
        for page in pdf_of(facts(an_invoice()), by=compiler).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    return {name.partition("+")[2].partition("-")[0] for name in fonts}
