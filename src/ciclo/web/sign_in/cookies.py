"""Cookies: what browsers hold of a session, and of having asked for one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from ciclo.settings.settings import Settings

HOST_ONLY: Final = "__Host-"
"""Browsers take a cookie of such a name over TLS only, for all paths, and from this very host."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that no script reads and no other site's form or frame brings along."""

    name: str
    is_secure: bool

    @classmethod
    def of(cls, settings: Settings, what: str) -> Self:
        """Return the cookie for *what*.

        Without TLS, which is for loopback, browsers take no `__Host-` cookie. They tell hosts apart, but not
        ports, so that the name does: two stacks of one machine don't sign each other's people out.
        """
        base = urlsplit(settings.base_url)
        if base.scheme == "https":
            return cls(f"{HOST_ONLY}ciclo-{what}", is_secure=True)
        return cls(f"ciclo-{what}-{base.port or 80}", is_secure=False)

    def read(self, connection: HTTPConnection) -> str | None:
        """Return what a browser holds; None: it holds none."""
        return connection.cookies.get(self.name)

    def write(self, response: Response, value: str, *, at: datetime, until: datetime) -> None:
        """Let the browser hold *value* until then."""
        seconds = max(0, int((until - at) / timedelta(seconds=1)))
        response.set_cookie(
            self.name,
            value,
            max_age=seconds,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self.is_secure, httponly=True, samesite="lax")
