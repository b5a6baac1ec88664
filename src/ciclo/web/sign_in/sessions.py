"""Sessions in requests: turn the cookie that a browser shows into who is signed in."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from ciclo.actions.access.sessions import digest_secret, use_session
from ciclo.actions.dependencies import Deps
from ciclo.store.access.sessions import SignInSession
from ciclo.viewer import ANONYMOUS, Viewer
from ciclo.web.problems import answer_with_store

KNOWN_S_MAX: Final = 5.0
"""A session that was just looked up is not looked up again: so late another process learns of a sign-out, and
every process of a change of roles."""
KNOWN_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session with who is signed in, and until when on the monotonic clock it is not looked up again."""

    session: SignInSession
    viewer: Viewer
    until_s: float


class SessionVerifier:
    """Knows the sessions that were just looked up."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, KnownSession] = OrderedDict()

    async def viewer(self, deps: Deps, secret: str) -> Viewer:
        """Return who is signed in; nobody, if the session is over: a browser shows it all the same.

        Raises:
            StoreAway: it can't be looked up now.
        """
        known = await self.known(deps, secret)
        return known.viewer if known else ANONYMOUS

    async def known(self, deps: Deps, secret: str) -> KnownSession | None:
        """Return the session that *secret* is; None if it is over.

        Raises:
            StoreAway: it can't be looked up now.
        """
        digest = digest_secret(secret)
        known = self._known.get(digest)
        if known is not None and time.monotonic() < known.until_s and deps.wall() < known.session.expires_at:
            return known
        until_s = time.monotonic() + KNOWN_S_MAX
        found = await answer_with_store(deps.breaker, use_session(deps, secret))
        if found is None:
            self._known.pop(digest, None)
            return None
        session, viewer = found
        self._known[digest] = KnownSession(session, viewer, until_s)
        self._known.move_to_end(digest)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return self._known[digest]

    def forget(self) -> None:
        """Look every session up anew, since some have ended."""
        self._known.clear()
