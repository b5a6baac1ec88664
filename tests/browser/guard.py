"""What no page of ours may do: call another host, break its own policy, or fail where nobody sees it."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
WITHOUT_HOST: Final = frozenset({"about", "blob", "data"})
REPORT_VIOLATIONS: Final = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI}`));
"""


@dataclass
class Guard:
    """Remembers every fault of the windows that it watches."""

    faults: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Let faults that *pattern* is found in pass: a test that breaks something says what."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """Return the faults that no test asked for."""
        return [one for one in self.faults if not any(each.search(one) for each in self._expected)]

    async def watch(self, context: BrowserContext) -> None:
        """Watch every page that *context* opens from now on."""
        await context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("page", self._on_page)

    def _on_page(self, page: Page) -> None:
        page.on("websocket", self._on_socket)

    def _on_request(self, request: Request) -> None:
        self._check_host(request.url)

    def _on_socket(self, socket: WebSocket) -> None:
        self._check_host(socket.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.faults.append(f"console: {message.text} {where}".rstrip())

    def _on_error(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in WITHOUT_HOST and parts.hostname not in LOOPBACK:
            self.faults.append(f"request to another host: {url}")
