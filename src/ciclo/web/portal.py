"""The portal: one page at every address that is nobody else's, and the hashed files that it loads."""

import re
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Final

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from ciclo.actions.cards.payment_options import NO_HOSTS, ScriptHosts
from ciclo.settings.settings import Settings
from ciclo.web.brand import brand_head, brand_routes
from ciclo.web.built import STATIC, ImmutableFiles
from ciclo.web.links.checkout_door import CheckoutDoor
from ciclo.web.links.door import InvoiceDoor
from ciclo.web.problems import HttpProblem, answer_with_store

FILES: Final = STATIC / "portal"
ASSETS: Final = "assets/portal"
"""Where the page's files are, below the folder that was built and below the root of this server."""

RESERVED: Final = (
    "api",
    "assets",
    "exports",
    "graphql",
    "healthz",
    "invoices",
    "metrics",
    "readyz",
    "receipts",
    "sandbox",
)
"""First parts of addresses that belong to routes of their own, whether or not those exist."""

INVOICE: Final = "/i/{token}"
CHECKOUT: Final = "/c/{token}"
"""The pages of links, for whoever has one. They ask for all else by a header, which no log writes."""

MAILBOX: Final = "sandbox/mail"
"""The portal's own page among the sandbox's."""

_TITLE: Final = re.compile(r"<title>[^<]*</title>")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_MISSING: Final = """<!doctype html>
<html lang="en">
<title>The portal is not here yet</title>
<h1>The portal is not here yet</h1>
<p>Its files are built once, from the npm registry. Where that is in reach, run
<code>.venv/bin/ciclo assets</code> (outside a clone: install Ciclo again) and start Ciclo again.</p>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDoors:
    """Who may come in to the pages of links."""

    invoice: InvoiceDoor
    checkout: CheckoutDoor


class _PagePath(Convertor[str]):
    """A path that the portal shows something at: not reserved, and no name of a file."""

    regex = rf"(?:(?!(?:{'|'.join(RESERVED)})(?:/|$))|(?={MAILBOX}(?:/|$)))(?:[^/.]+(?:/|$))*"

    def convert(self, value: str) -> str:
        """Return the path as it stands."""
        return value

    def to_string(self, value: str) -> str:
        """Return the path as it stands."""
        return value


register_url_convertor("portal_page", _PagePath())


def portal_routes(
    settings: Settings,
    files: Path = FILES,
    *,
    hosts: ScriptHosts = NO_HOSTS,
    doors: LinkDoors | None = None,
) -> list[BaseRoute]:
    """Return the routes of the portal that was built into *files*; they go after all others.

    The page is read once: a new build is served by a new process. It says of *settings* what browsers need,
    such as the brand and whose days its dates are. *hosts* are those of the provider's form for cards;
    *doors* say with which status the pages of links come; None: there are no such pages.
    """
    page = files / "index.html"
    html = _told(page.read_text(encoding="utf-8"), settings) if page.is_file() else ""

    async def show(request: Request) -> Response:
        headers = {
            "cache-control": "no-store",
            "content-security-policy": portal_csp(request.headers.get("host", ""), hosts),
        }
        return HTMLResponse(html, headers=headers) if html else HTMLResponse(_MISSING, 503, headers)

    async def show_linked(request: Request, door: InvoiceDoor | CheckoutDoor) -> Response:
        status, more = 200, {}
        looking: Coroutine[Any, Any, object] = door.look(request, request.path_params["token"])
        try:
            await answer_with_store(door.deps(request).breaker, looking)
        except HttpProblem as problem:
            status, more = problem.status, problem.response_headers()
        page = await show(request)
        page.status_code = max(status, page.status_code)
        page.headers.update({**more, "x-robots-tag": "noindex, nofollow"})
        return page

    def linked(path: str, door: InvoiceDoor | CheckoutDoor) -> Route:
        return Route(path, partial(show_linked, door=door), methods=["GET"])

    # Without a build there is no folder, and its files are as absent as any other.
    folder = [Mount(f"/{ASSETS}", ImmutableFiles(directory=files / ASSETS))] if html else []
    return [
        *folder,
        *brand_routes(settings.brand),
        *([linked(INVOICE, doors.invoice), linked(CHECKOUT, doors.checkout)] if doors else []),
        Route("/{path:portal_page}", show, methods=["GET"]),
    ]


def _told(html: str, settings: Settings) -> str:
    head = (
        f'<meta name="timezone" content="{escape(settings.timezone)}">'
        f'<meta name="mode" content="{settings.mode}">{brand_head(settings.brand)}</head>'
    )
    title = f"<title>{escape(settings.brand.name)}</title>"
    return _TITLE.sub(lambda _: title, html, 1).replace("</head>", head, 1)


def portal_csp(host: str, hosts: ScriptHosts = NO_HOSTS) -> str:
    """Return the page's policy: its own files and this server, nothing inline, in nobody's frame.

    The form for cards is the provider's, in frames of its own: *hosts* are what that needs, and nothing else.

    Safari takes no socket of the same host for 'self', so it is named.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{_also(hosts.scripts)}",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self'{sockets}{_also(hosts.connections)}",
            *([f"frame-src {hosts.frames}"] if hosts.frames else []),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _also(sources: str) -> str:
    return f" {sources}" if sources else ""
