"""Same site: what is asked with a cookie has to come from a page of this server.

A browser sends the cookie by itself, whoever's page asks. So three things are looked at, each of which
would do: a header that no form can send and that no other origin may, whence the browser says that the
request comes (`Sec-Fetch-Site`), and of which origin its page is (`Origin`).
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from ciclo.web.problems import HttpProblem

HEADER: Final = "x-ciclo-request"
"""Sent by our own pages, with any value; a socket's handshake can't send one."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(HttpProblem):
    """The request may have been sent by another site's page."""

    def __init__(self) -> None:
        super().__init__(
            status=403,
            code="CROSS_SITE_REQUEST",
            detail=f"with a session's cookie, send {HEADER} from a page of this server, or use a token",
        )


def changes(connection: HTTPConnection) -> bool:
    """Return whether a request may change something, or opens a socket, over which much can be asked."""
    return connection.scope["type"] == "websocket" or connection.scope["method"] not in _READING


def require_same_site(connection: HTTPConnection) -> None:
    """Check that a request comes from a page of this server.

    Raises:
        CrossSite: it may not.
    """
    headers = connection.headers
    if connection.scope["type"] == "http":
        if not headers.get(HEADER):
            raise CrossSite
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise CrossSite
    origin = headers.get("origin")
    if origin is None:
        return
    if urlsplit(origin).netloc != headers.get("host"):
        raise CrossSite
