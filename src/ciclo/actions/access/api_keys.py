"""API keys: how services are known. Made and shown once, taken back by anybody who may make them."""

import base64
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.errors.general import ApiKeyNotFound, DateInPast, Forbidden, InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import parse_id
from ciclo.permissions import Permission
from ciclo.store.access.api_keys import (
    ApiKey,
    add_address,
    add_key,
    find_key,
    find_key_by_digest,
    note_use,
    revoke_key,
)
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.contention import Contention
from ciclo.viewer import Actor

NAME_CHARS_MAX: Final = 100
NETWORKS_MAX: Final = 50
ENTROPY_BYTES: Final = 20
"""160 bits: nobody finds a key by trying, so that a plain SHA-256 of it may be kept."""
HINT_CHARS: Final = 4
USE_KNOWN_FOR: Final = timedelta(minutes=1)
"""How exactly it is known when a key was used last: no request writes, but the first of a minute."""

KEY_SHAPE: Final = re.compile(r"sk_(?:test|live)_[a-z2-7]{32}", re.ASCII)


class KeyRefused(Exception):
    """A key is not taken; `reason` is for the log, and not for who shows it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason: Final = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyDraft:
    """What a new key is to be; `allowed_addresses` are addresses or networks such as 203.0.113.0/24."""

    name: str
    scopes: frozenset[Permission]
    expires_at: datetime | None = None
    allowed_addresses: Sequence[str] = ()


async def create_api_key(
    deps: Deps,
    draft: ApiKeyDraft,
    *,
    by: Actor,
    permissions: frozenset[Permission],
    request: IdempotentRequest | None = None,
) -> tuple[ApiKey, str | None]:
    """Make a key; return it and its secret, which nobody can tell again: None for a repeat.

    Args:
        deps: The store, and the wall clock.
        draft: What it is to be.
        by: Who makes it.
        permissions: What they may: nobody hands on more than that.
        request: The request's idempotency key.

    Raises:
        InvalidValue: the name, the scopes or a network is none.
        DateInPast: it would have expired already.
        Forbidden: a scope is beyond what its maker may.
        IdempotencyKeyReused: the key was used with another request.
    """
    at = deps.wall()
    name, networks = _validate(draft, at=at)
    if not draft.scopes <= permissions:
        raise Forbidden("nobody hands on more than they may", field=("scopes",))
    secret = _generate_secret(deps)
    key = ApiKey(
        id=generate_id("key", at),
        name=name,
        hint=f"{secret[: secret.rindex('_') + 1]}…{secret[-HINT_CHARS:]}",
        scopes=tuple(scope.value for scope in Permission if scope in draft.scopes),
        created_by=by.name,
        created_at=at,
        expires_at=draft.expires_at,
        allowed_addresses=networks,
    )
    shown: list[str] = []

    async def act(answer_for: AnswerFor) -> ApiKey:
        operation = new_operation(deps, by, "createApiKey", key.id, after=key)
        await add_key(deps.store, key, digest_key(secret), operation, answer=answer_for(key.id))
        shown.append(secret)
        return key

    made = await run_once(deps, request, act, find=partial(get_api_key, deps))
    return made, shown[0] if shown else None


async def revoke_api_key(
    deps: Deps, key_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> ApiKey:
    """Take a key back for good; doing it twice changes nothing. Processes that know it take it for 30 s more.

    Raises:
        MalformedId, ApiKeyNotFound: there is none.
        Conflict: others kept changing it.
    """

    async def act(answer_for: AnswerFor) -> ApiKey:
        async def revoke() -> None:
            key = await get_api_key(deps, key_id)
            if key.revoked_at is None:
                at = deps.wall()
                operation = new_operation(deps, by, "revokeApiKey", key.id, after={"revoked_at": at})
                await revoke_key(deps.store, key, operation, at=at, answer=answer_for(key.id))

        await retry_on_contention(revoke)
        return await get_api_key(deps, key_id)

    return await run_once(deps, request, act, find=partial(get_api_key, deps))


async def get_api_key(deps: Deps, key_id: str) -> ApiKey:
    """Return a key.

    Raises:
        MalformedId, ApiKeyNotFound: there is none.
    """
    key = await find_key(deps.store, parse_id("key", key_id))
    if key is None:
        raise ApiKeyNotFound
    return key


async def use_api_key(deps: Deps, secret: str, *, address: str, request_id: str) -> ApiKey:
    """Return the key that *secret* is, noting that it was used, and the *address* if it is new.

    Raises:
        KeyRefused: it is not taken.
    """
    key = await find_key_by_digest(deps.store, digest_key(secret))
    if key is None:
        raise KeyRefused("unknown")
    at = deps.wall()
    require_usable(key, at=at)
    if key.allowed_addresses and not _is_within(address, key.allowed_addresses):
        raise KeyRefused("address")
    if address not in key.addresses:
        by = Actor(name=key.id, address=address, request_id=request_id)
        operation = new_operation(deps, by, "useApiKey", key.id, after={"address": address})
        # Another process may meet it at the same moment, and tell.
        with suppress(Contention):
            await add_address(deps.store, key, address, operation)
    await note_use(deps.store, key, at=at, until=at - USE_KNOWN_FOR)
    return key


def require_usable(key: ApiKey, *, at: datetime) -> None:
    """Check that a key is neither revoked nor expired.

    Raises:
        KeyRefused: it is.
    """
    if key.revoked_at is not None:
        raise KeyRefused("revoked")
    if key.expires_at is not None and key.expires_at <= at:
        raise KeyRefused("expired")


def digest_key(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _generate_secret(deps: Deps) -> str:
    mode = "test" if deps.settings.is_sandbox else "live"
    return f"sk_{mode}_{base64.b32encode(secrets.token_bytes(ENTROPY_BYTES)).decode().lower()}"


def _validate(draft: ApiKeyDraft, *, at: datetime) -> tuple[str, tuple[str, ...]]:
    """Return a draft's name, trimmed, and its networks as they are written."""
    name = validate_text(draft.name.strip(), field="name", chars_min=1, chars_max=NAME_CHARS_MAX)
    if not draft.scopes:
        raise InvalidValue("a key has at least one scope", field=("scopes",))
    if draft.expires_at is not None and draft.expires_at <= at:
        raise DateInPast("the key would have expired already", field=("expires_at",))
    if len(draft.allowed_addresses) > NETWORKS_MAX:
        raise InvalidValue(f"at most {NETWORKS_MAX} networks", field=("allowed_addresses",))
    try:
        networks = tuple(str(ipaddress.ip_network(text)) for text in draft.allowed_addresses)
    except ValueError:
        raise InvalidValue(
            "an address, or a network such as 203.0.113.0/24", field=("allowed_addresses",)
        ) from None
    return name, networks


def _is_within(address: str, networks: Sequence[str]) -> bool:
    try:
        shown = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(shown, ipaddress.IPv6Address) and shown.ipv4_mapped:
        shown = shown.ipv4_mapped
    return any(shown in ipaddress.ip_network(network) for network in networks)
