"""Windows of a browser: each a person of its own, in Brazil, watched by the guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from ciclo.actions.access.sessions import Person, begin_session
from ciclo.store.access.sessions import SignInWay
from ciclo.viewer import Viewer
from ciclo.web.auth import TokenVerifier
from ciclo.web.sign_in.cookies import Cookie
from tests.browser.guard import Guard
from tests.stack import Stack, token

DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=844)
NARROW: Final = ViewportSize(width=320, height=640)
WAIT_MS_MAX: Final = 10_000

_STACKS: Final[WeakKeyDictionary[BrowserContext, Stack]] = WeakKeyDictionary()
"""Which stack's people a window is for."""


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
        _STACKS[context] = self.stack
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
    """Open *path*, signed in as the person whom *bearer* speaks for."""
    stack = _STACKS[page.context]
    await sign_in(page.context, stack, await TokenVerifier.of(stack.deps.settings).verify(bearer))
    await page.goto(path)


async def sign_in(context: BrowserContext, stack: Stack, viewer: Viewer) -> None:
    """Begin a session of *viewer*, and put it into the browser."""
    person = Person(
        subject=viewer.subject, email=viewer.email, roles=viewer.roles, user_type=viewer.user_type
    )
    secret, _ = await begin_session(stack.deps, person, SignInWay.SANDBOX)
    cookie = Cookie.of(stack.deps.settings, "session")
    await context.add_cookies(
        [{"name": cookie.name, "value": secret, "url": stack.url, "httpOnly": True, "sameSite": "Lax"}]
    )


@asynccontextmanager
async def opened(browser: Browser, stack: Stack, guard: Guard) -> AsyncIterator[Windows]:
    """Give windows, and close them all at the end."""
    windows = Windows(browser=browser, stack=stack, guard=guard)
    try:
        yield windows
    finally:
        for context in windows.contexts:
            await context.close()
