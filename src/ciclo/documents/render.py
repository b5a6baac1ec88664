"""Typesetting: an invoice's words to PDF/A-2b by typst, beside the event loop."""

import asyncio
import shutil
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Final

import orjson
import structlog
import typst

from ciclo.documents.letterhead import PLAIN, Letterhead, letterhead_of, put_title_font
from ciclo.documents.page import InvoiceDocument
from ciclo.settings.brand import Brand

RENDERS_CONCURRENT_MAX: Final = 2
RENDER_S_MAX: Final = 10.0
"""A document takes some 20 ms; the rest is waiting for others."""
TEMPLATE: Final = Path(__file__).with_name("invoice.typ")
FONTS: Final = Path(__file__).parents[1] / "static" / "fonts"
STANDARD: Final = "a-2b"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawings:
    """Draws codes as standalone SVG elements; this package knows nothing of payment providers."""

    qr: Callable[[str], str]
    bar_code: Callable[[str], str]


class Typesetter:
    """Turns documents into PDFs, a few at a time, by compilers that are kept.

    A compiler that is kept is three times as fast as a new one, and serves one thread at a time.
    """

    def __init__(
        self,
        drawings: Drawings,
        *,
        brand: Brand | None = None,
        fonts: Path = FONTS,
        seconds_max: float = RENDER_S_MAX,
    ) -> None:
        self._drawings: Final = drawings
        titles = put_title_font(brand)
        self._more_fonts: Final = [titles.folder] if titles else []
        self._letterhead: Final = letterhead_of(brand, title_font=titles.family if titles else None)
        if titles:
            weakref.finalize(self, shutil.rmtree, titles.folder, ignore_errors=True)
        self._fonts: Final = fonts
        self._seconds_max: Final = seconds_max
        self._slots: Final = asyncio.Semaphore(RENDERS_CONCURRENT_MAX)
        self._idle: Final[list[typst.Compiler]] = []

    async def pdf(self, document: InvoiceDocument) -> bytes:
        """Return *document* as a tagged PDF/A-2b; the same document gives the same bytes.

        Raises:
            TimeoutError: it took longer than `seconds_max`, most of it waiting for others.
        """
        async with asyncio.timeout(self._seconds_max):
            await self._slots.acquire()
            work = asyncio.create_task(asyncio.to_thread(self._typeset, document))
            work.add_done_callback(lambda _: self._slots.release())
            # A thread can't be stopped: its slot stays taken until it ends, whoever still waits.
            return await asyncio.shield(work)

    def _typeset(self, document: InvoiceDocument) -> bytes:
        """Run in a thread; the semaphore keeps the compilers as few as the threads here."""
        compiler = self._idle.pop() if self._idle else new_compiler(fonts=self._fonts, more=self._more_fonts)
        try:
            return render_pdf(compiler, document, self._drawings, self._letterhead)
        finally:
            self._idle.append(compiler)


def new_compiler(*, fonts: Path = FONTS, more: Sequence[Path] = ()) -> typst.Compiler:
    """Return a compiler of the template with the fonts in *fonts*, or with typst's own if there are none.

    Those in the folders *more* are there as well.

    Neither the system's fonts nor packages from the network are used: a document looks the same anywhere.
    """
    if not any(fonts.glob("*.ttf")):
        _warn_once(fonts)
        return typst.Compiler(TEMPLATE, ignore_system_fonts=True, font_paths=[*more])
    return typst.Compiler(TEMPLATE, ignore_system_fonts=True, font_paths=[fonts, *more])


def render_pdf(
    compiler: typst.Compiler,
    document: InvoiceDocument,
    drawings: Drawings,
    letterhead: Letterhead = PLAIN,
) -> bytes:
    """Return *document* as a PDF, in this thread.

    Raises:
        typst.TypstError: a text was not made `sanitize_text`, or the template is broken.
    """
    written = datetime.combine(document.issued_on, time(), UTC)
    pdf = compiler.compile(
        sys_inputs=inputs_of(document, drawings, letterhead), pdf_standards=STANDARD, timestamp=written
    )
    assert isinstance(pdf, bytes)  # one PDF whatever its pages; only pictures come as lists
    return pdf


def inputs_of(
    document: InvoiceDocument, drawings: Drawings, letterhead: Letterhead = PLAIN
) -> dict[str, str]:
    """Return what the template reads, as JSON and never as markup: a document, its drawings, whose it is."""
    drawn = [
        {
            "qr": drawings.qr(slip.qr) if slip.qr else None,
            "bar_code": drawings.bar_code(slip.bar_code) if slip.bar_code else None,
        }
        for slip in document.slips
    ]
    told = {"document": document, "drawings": drawn, "letterhead": letterhead}
    return {name: orjson.dumps(value).decode() for name, value in told.items()}


@cache
def _warn_once(fonts: Path) -> None:
    _log.warning("documents_fonts_missing", folder=str(fonts), help="run `ciclo assets`")
