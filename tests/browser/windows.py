"""Windows of a browser: each a person of its own, in Brazil, watched by the guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.guard import Guard
from tests.stack import Stack, token

DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=844)
NARROW: Final = ViewportSize(width=320, height=640)
WAIT_MS_MAX: Final = 10_000


@dataclass(slots=True, kw_only=True)
class Windows:
    """The windows of one test."""

    browser: Browser
    stack: Stack
    guard: Guard
    contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, *, size: ViewportSize = DESKTOP, **options: Any) -> Page:
        """Open an empty window with a storage of its own; *options* go to the browser context."""
        given = {"locale": "pt-BR", "timezone_id": "America/Sao_Paulo", "reduced_motion": "reduce"}
        context = await self.browser.new_context(
            base_url=self.stack.url, viewport=size, **{**given, **options}
        )
        self.contexts.append(context)
        context.set_default_timeout(WAIT_MS_MAX)
        await self.guard.watch(context)
        return await context.new_page()

    async def as_customer(
        self, email: str, path: str = "/", *, size: ViewportSize = DESKTOP, **options: Any
    ) -> Page:
        """Open *path* as the customer with *email*."""
        page = await self.open(size=size, **options)
        await self.sign_in(page, email, path)
        return page

    async def sign_in(self, page: Page, email: str, path: str = "/") -> None:
        """Open *path* in *page* as the customer with *email*."""
        await enter(page, path, bearer=token(role="customer", email=email))

    async def as_operator(
        self, path: str = "/admin", *, size: ViewportSize = DESKTOP, **options: Any
    ) -> Page:
        """Open *path* as an operator."""
        page = await self.open(size=size, **options)
        await enter(page, path, bearer=token(role="admin", email="admin@example.com"))
        return page

    async def picture(self, folder: Path) -> list[Path]:
        """Write what every open window shows into *folder*."""
        pages = [page for context in self.contexts for page in context.pages]
        files = [folder / f"window-{number}.png" for number in range(1, len(pages) + 1)]
        for page, file in zip(pages, files, strict=True):
            await page.screenshot(path=file, full_page=True)
        return files


async def enter(page: Page, path: str, *, bearer: str) -> None:
    """Open *path* by a link as `ciclo up` prints it: signed in by the token in its fragment."""
    await page.goto(f"{path}#token={bearer}")


@asynccontextmanager
async def opened(browser: Browser, stack: Stack, guard: Guard) -> AsyncIterator[Windows]:
    """Give windows, and close them all at the end."""
    windows = Windows(browser=browser, stack=stack, guard=guard)
    try:
        yield windows
    finally:
        for context in windows.contexts:
            await context.close()
