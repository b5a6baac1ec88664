"""Admission: who asks, and whether they may ask now; one for all routes, so that they share one allowance."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from starlette.requests import HTTPConnection

from ciclo.copies import replace
from ciclo.logs import request_id
from ciclo.permissions import permission_for
from ciclo.settings.settings import Settings
from ciclo.viewer import ANONYMOUS, Actor, Viewer
from ciclo.web.api_keys import SECRET_PREFIX, KeyVerifier
from ciclo.web.auth import TokenVerifier, find_token
from ciclo.web.problems import HttpProblem
from ciclo.web.rate_limit import RateLimit
from ciclo.web.sign_in.cookies import Cookie
from ciclo.web.sign_in.same_site import changes, require_same_site
from ciclo.web.sign_in.sessions import SessionVerifier

DOCUMENT_OPERATIONS: Final = 5
"""A PDF counts as so many operations of GraphQL: it takes some 10 ms of a core, a small query 2."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What every request with a caller goes through."""

    tokens: TokenVerifier
    keys: KeyVerifier
    sessions: SessionVerifier
    cookie: Cookie
    rate: RateLimit | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the admission that *settings* ask for."""
        return cls(
            TokenVerifier.of(settings),
            KeyVerifier(),
            SessionVerifier(),
            Cookie.of(settings, "session"),
            RateLimit.of(settings),
        )

    async def viewer(
        self,
        connection: HTTPConnection,
        params: Mapping[str, object] | None = None,
        *,
        operations: int = 1,
    ) -> Viewer:
        """Return who asks, having counted what they ask for as so many *operations*.

        Raises:
            HttpProblem: the token is not valid, another site's page may have sent the session, or they ask
                too often.
        """
        address = connection.client.host if connection.client else ""
        shown = find_token(connection.headers, params)
        if shown is None:
            viewer = await self._signed_in(connection)
        elif shown.startswith(SECRET_PREFIX):
            viewer = await self.keys.verify(connection.state.deps, shown, address=address)
        else:
            viewer = await self.tokens.verify(shown)
        self.count(connection, viewer, operations=operations)
        return replace(viewer, address=address)

    def count(self, connection: HTTPConnection, viewer: Viewer, *, operations: int) -> None:
        """Count what *viewer* asks for as so many *operations*.

        Raises:
            HttpProblem: they ask too often.
        """
        if self.rate is not None:
            address = connection.client.host if connection.client else ""
            self.rate.require(viewer, address=address, now_s=time.monotonic(), operations=operations)

    async def _signed_in(self, connection: HTTPConnection) -> Viewer:
        """Return whose session a browser shows that shows nothing else."""
        secret = self.cookie.read(connection)
        if secret is None:
            return ANONYMOUS
        if changes(connection):
            require_same_site(connection)
        return await self.sessions.viewer(connection.state.deps, secret)

    async def reader(self, connection: HTTPConnection) -> Viewer:
        """Return who asks for a document, which costs more than a query."""
        return await self.viewer(connection, operations=DOCUMENT_OPERATIONS)


def require_permission(viewer: Viewer, route: str, *, customers: bool) -> None:
    """Check that *viewer* may ask for a route of the table of permissions.

    Raises:
        HttpProblem: nobody is signed in, or they may not.
    """
    if not viewer.is_known:
        raise HttpProblem(
            status=401,
            code="UNAUTHENTICATED",
            detail="sign in to do this",
            headers={"www-authenticate": "Bearer"},
        )
    if not viewer.is_admin and not customers:
        raise HttpProblem(status=403, code="FORBIDDEN", detail="only operators may do this")
    if viewer.is_admin and not viewer.may_open(route):
        raise HttpProblem(status=403, code="FORBIDDEN", detail=f"this needs {permission_for(route)}")


def actor_of(viewer: Viewer) -> Actor:
    """Return who sends the request that is being served, as the operations log names them."""
    return Actor(name=viewer.subject, address=viewer.address, request_id=request_id())
