"""Webhook endpoints: where a seller's system is told of what happens, and when telling it is given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ciclo.copies import replace
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.webhooks.message import API_VERSION, MessageType
from ciclo.domain.webhooks.snapshot import Snapshot

ENDPOINTS_MAX: Final = 20
"""Of one seller: each has connections of its own in every delivery worker."""

URL_CHARS_MAX: Final = 2_000
DESCRIPTION_CHARS_MAX: Final = 200
PORTS: Final = frozenset({443, 8443})
"""Those that endpoints may have where real money moves."""

OVERLAP_HOURS_MAX: Final = 168
"""How long an old secret may go on signing beside a new one."""

SECRETS_MAX: Final = 4
"""Secrets that sign at a time: receivers compare no more than a handful of signatures."""

FAILING_FOR: Final = timedelta(days=5)
"""An endpoint is disabled after so long without a success."""

FAILURES_MIN: Final = 10
"""And not before so many attempts failed: one message in a quiet week proves nothing."""


class DisableReason(StrEnum):
    """Why an endpoint is told nothing."""

    OPERATOR = "OPERATOR"
    FAILING = "FAILING"
    GONE = "GONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A secret that signs, encrypted; `until` when, None for the present one."""

    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """Where messages go. All instants are wall time.

    `types` is what it is told, all if empty. It is told what was recorded from `starts_at` on.
    """

    id: WebhookEndpointId
    url: str
    description: str = ""
    types: tuple[MessageType, ...] = ()
    ordered: bool = False
    """One object's messages come one after the other."""
    api_version: str = API_VERSION
    """The shape of the bodies that it understands; those of before it was kept have the first."""
    secrets: tuple[SealedSecret, ...]
    """The newest first."""
    secret_hint: str
    """The newest one's last characters."""
    created_at: datetime
    starts_at: datetime
    disabled_at: datetime | None = None
    disable_reason: DisableReason | None = None
    deleted_at: datetime | None = None
    failing_since: datetime | None = None
    """The first failure since the last success."""
    version: int = 0

    @property
    def is_enabled(self) -> bool:
        """Return whether it is told anything."""
        return self.disabled_at is None and self.deleted_at is None

    def wants(self, type_: MessageType) -> bool:
        """Return whether it is told of messages of this type."""
        return not self.types or type_ in self.types

    def secrets_at(self, now: datetime) -> tuple[SealedSecret, ...]:
        """Return the secrets that sign at *now*: two during a rotation."""
        return tuple(secret for secret in self.secrets if secret.until is None or secret.until > now)


def validate_endpoint(endpoint: WebhookEndpoint, *, only_https: bool) -> WebhookEndpoint:
    """Return *endpoint* if its fields are within their bounds; *only_https* where real money moves.

    Raises:
        InvalidValue: one is not; the error names the field.
    """
    validate_text(endpoint.description, field="description", chars_max=DESCRIPTION_CHARS_MAX)
    if endpoint.api_version != API_VERSION:
        raise InvalidValue(f"there is one version of messages: {API_VERSION}", field=("api_version",))
    if len(set(endpoint.types)) != len(endpoint.types):
        raise InvalidValue("a type is named twice", field=("types",))
    parts = _parts_of(endpoint.url)
    if parts.username is not None or parts.password is not None:
        raise InvalidValue("url has no user name and no password", field=("url",))
    if only_https and (parts.scheme != "https" or (parts.port or 443) not in PORTS):
        raise InvalidValue("url begins with https:// and has port 443 or 8443", field=("url",))
    return endpoint


def _parts_of(url: str) -> SplitResult:
    """Return the parts of an address that can be posted to.

    Raises:
        InvalidValue: it is none.
    """
    refusal = InvalidValue(f"url is a web address of at most {URL_CHARS_MAX} characters", field=("url",))
    plain = url.isascii() and url.isprintable() and not {" ", "\\", "#"} & set(url)
    if not plain or len(url) > URL_CHARS_MAX:
        raise refusal
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise refusal from None
    if not is_address:
        raise refusal
    return parts


def rotate_secret(
    endpoint: WebhookEndpoint, secret: SealedSecret, *, hint: str, now: datetime, overlap_hours: int
) -> WebhookEndpoint:
    """Return *endpoint* with a new secret, beside which the present one signs for *overlap_hours* more.

    Raises:
        InvalidValue: the overlap is out of its bounds.
    """
    if not 0 <= overlap_hours <= OVERLAP_HOURS_MAX:
        raise InvalidValue(f"0 to {OVERLAP_HOURS_MAX} hours", field=("overlap_hours",))
    until = now + timedelta(hours=overlap_hours)
    old = [
        replace(one, until=until if one.until is None else min(one.until, until))
        for one in endpoint.secrets_at(now)
    ]
    kept: Sequence[SealedSecret] = [one for one in old if one.until is None or one.until > now]
    return replace(endpoint, secrets=(secret, *kept[: SECRETS_MAX - 1]), secret_hint=hint)


def disable(endpoint: WebhookEndpoint, *, reason: DisableReason, at: datetime) -> WebhookEndpoint:
    """Return *endpoint* told nothing from now on; one that is disabled already keeps its reason."""
    if endpoint.disabled_at is not None:
        return endpoint
    return replace(endpoint, disabled_at=at, disable_reason=reason)


def enable(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Return *endpoint* told again, with a clean slate."""
    return replace(endpoint, disabled_at=None, disable_reason=None, failing_since=None)


def has_failed_for_long(endpoint: WebhookEndpoint, *, now: datetime) -> bool:
    """Return whether its last success is so long ago that only the number of failures is to be asked."""
    return endpoint.failing_since is not None and now - endpoint.failing_since >= FAILING_FOR


def endpoint_snapshot(endpoint: WebhookEndpoint) -> Snapshot:
    """Return what the other endpoints see of one that is disabled."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "disableReason": endpoint.disable_reason.value if endpoint.disable_reason else None,
    }
