"""API keys in requests: turn a shown key into the service that it stands for."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import structlog

from ciclo.actions.access.api_keys import KEY_SHAPE, KeyRefused, digest_key, require_usable, use_api_key
from ciclo.actions.dependencies import Deps
from ciclo.logs import request_id
from ciclo.permissions import Permission
from ciclo.store.access.api_keys import ApiKey
from ciclo.viewer import Viewer, ViewerKind
from ciclo.web.auth import KNOWN_MAX, KNOWN_S_MAX, TokenRejected
from ciclo.web.problems import answer_with_store

SECRET_PREFIX: Final = "sk_"  # noqa: S105 - what a key begins with

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _CachedKey:
    """A key, and until when on the monotonic clock it is not looked up again."""

    key: ApiKey
    until_s: float


class KeyVerifier:
    """Knows the keys that were just looked up, each from an address, so that no request reads or writes one.

    A key that is revoked is taken for KNOWN_S_MAX more, in every process.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], _CachedKey] = OrderedDict()

    async def verify(self, deps: Deps, secret: str, *, address: str) -> Viewer:
        """Return the service that *secret* stands for.

        Raises:
            TokenRejected: the key is not taken, for whatever reason; the log says which.
            StoreAway: it can't be looked up now.
        """
        try:
            key = await self._key(deps, secret, address=address)
            require_usable(key, at=deps.wall())
        except KeyRefused as refusal:
            _log.info("api_key_refused", reason=refusal.reason, address=address)
            raise TokenRejected from None
        return Viewer(
            kind=ViewerKind.SERVICE,
            subject=key.id,
            permissions=frozenset(scope for scope in Permission if scope in key.scopes),
            valid_until=key.expires_at.timestamp() if key.expires_at else None,
        )

    async def _key(self, deps: Deps, secret: str, *, address: str) -> ApiKey:
        if KEY_SHAPE.fullmatch(secret) is None:
            raise KeyRefused("malformed")
        place = (digest_key(secret), address)
        known = self._known.get(place)
        if known is not None and time.monotonic() < known.until_s:
            return known.key
        until_s = time.monotonic() + KNOWN_S_MAX
        looking = use_api_key(deps, secret, address=address, request_id=request_id())
        key = await answer_with_store(deps.breaker, looking)
        self._known[place] = _CachedKey(key, until_s)
        self._known.move_to_end(place)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return key
