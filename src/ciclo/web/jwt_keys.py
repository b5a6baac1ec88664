"""Keys of tokens: one shared secret, or the keys that an identity provider publishes (RFC 7517)."""

import asyncio
import base64
import time
from collections.abc import Callable
from typing import Final, Protocol

import jwt
import structlog
from jwt import PyJWK, PyJWKClient

from ciclo.web.problems import HttpProblem

FRESH_S: Final = 300.0
USABLE_S_MAX: Final = 3_600.0
"""How long known keys serve while the provider can't be reached."""
FETCH_EVERY_S_MIN: Final = 10.0
"""Unknown key ids and failures don't fetch more often than this."""
FETCH_S_MAX: Final = 5.0
KEYS_MAX: Final = 64

_log = structlog.get_logger(__name__)


class UnknownKey(Exception):
    """No key has the id that a token names."""


class KeysUnavailable(HttpProblem):
    """The identity provider can't be reached, so nobody can be told from anybody."""

    def __init__(self) -> None:
        super().__init__(
            status=503,
            code="IDENTITY_PROVIDER_UNAVAILABLE",
            detail="tokens can't be checked just now; try again",
            retry_after_s=int(FETCH_EVERY_S_MIN),
        )


class KeySource(Protocol):
    """Where the key of a token comes from; the source, never the token, says which algorithms count."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Return the signature algorithms that are accepted."""
        ...

    async def key(self, token: str) -> PyJWK:
        """Return the key that *token* must be signed with.

        Raises:
            UnknownKey: the token names none that exists.
            KeysUnavailable: the keys can't be had now.
        """
        ...


class SharedSecret:
    """One secret for everyone who issues and checks tokens: for local use."""

    algorithms: Final = ("HS256",)

    def __init__(self, secret: str) -> None:
        encoded = base64.urlsafe_b64encode(secret.encode()).rstrip(b"=").decode()
        self._key: Final = PyJWK.from_dict({"kty": "oct", "k": encoded}, algorithm="HS256")

    async def key(self, token: str) -> PyJWK:  # noqa: ARG002 - one key for every token
        """Return the secret."""
        return self._key


class PublishedKeys:
    """The signing keys behind a JWKS address, fetched off the event loop, one fetch at a time."""

    algorithms: Final = ("RS256", "ES256")

    def __init__(self, url: str, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._client: Final = PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_S_MAX)
        self._monotonic_s: Final = monotonic_s
        self._fetching: Final = asyncio.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")

    async def key(self, token: str) -> PyJWK:
        """Return the key whose id the token's header names."""
        key_id = jwt.get_unverified_header(token).get("kid")
        if not isinstance(key_id, str):
            raise UnknownKey
        if key_id not in self._keys or self._age_s() > FRESH_S:
            await self._refresh(wanted=key_id)
        if self._age_s() > USABLE_S_MAX:
            raise KeysUnavailable
        if key_id in self._keys:
            return self._keys[key_id]
        if self._tried_at > self._fetched_at:
            raise KeysUnavailable
        raise UnknownKey

    def _age_s(self) -> float:
        return self._monotonic_s() - self._fetched_at

    async def _refresh(self, *, wanted: str) -> None:
        async with self._fetching:
            if wanted in self._keys and self._age_s() <= FRESH_S:
                return
            if self._monotonic_s() - self._tried_at < FETCH_EVERY_S_MIN:
                return
            self._tried_at = self._monotonic_s()
            try:
                async with asyncio.timeout(FETCH_S_MAX * 2):
                    fetched = await asyncio.to_thread(self._client.get_signing_keys)
            # Whatever the provider sends instead of keys (HTML, a bad key) must not end as a 500.
            except (jwt.PyJWTError, OSError, ValueError) as error:
                _log.warning("keys.fetch_failed", error=repr(error))
                return
            self._keys = {str(key.key_id): key for key in fetched[:KEYS_MAX]}
            self._fetched_at = self._tried_at
