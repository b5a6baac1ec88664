"""Portal sessions: the seller's backend, which knows who its user is, lets them into the portal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from ciclo.actions.access.operations import new_operation
from ciclo.actions.access.sign_in import new_code, sign_in_url
from ciclo.actions.customers.finding import find_customer_named, get_customer
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.settings.settings import LOOPBACK_NAMES
from ciclo.store.access.operations import append_operation
from ciclo.store.access.sign_in_codes import CodeKind, add_code
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.viewer import Actor

EXPIRES_IN_S: Final = range(30, 3_601)
"""For how long the address may be good, in seconds; its customer is led there at once."""
RETURN_URL_CHARS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSession:
    """An address that signs a customer in, once, until it expires (wall time)."""

    url: str
    customer_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSessionDraft:
    """Whom to let in, by exactly one of three names, for how many seconds, and where to lead back."""

    customer_id: str | None = None
    external_id: str | None = None
    email: str | None = None
    return_url: str | None = None
    expires_in_s: int


async def create_portal_session(deps: Deps, draft: PortalSessionDraft, *, by: Actor) -> PortalSession:
    """Return an address that signs a customer in.

    Raises:
        InvalidValue: they are named in no way or in several; the return address or the time is none.
        MalformedId, CustomerNotFound: there is no such customer.
    """
    if draft.expires_in_s not in EXPIRES_IN_S:
        raise InvalidValue("30 to 3600 seconds", field=("expires_in_seconds",))
    if draft.return_url is not None:
        _validate_return_url(draft.return_url, is_sandbox=deps.settings.is_sandbox)
    customer = await find_customer_named(
        deps, id_=draft.customer_id, external_id=draft.external_id, email=draft.email
    )
    if customer is None:
        raise CustomerNotFound
    customer = await get_customer(deps, customer.id)
    life = timedelta(seconds=draft.expires_in_s)
    code = new_code(deps, CodeKind.PORTAL, life=life, customer_id=customer.id, return_url=draft.return_url)
    expires_at = code.stored.expires_at
    operation = new_operation(deps, by, "createPortalSession", customer.id, after={"expires_at": expires_at})

    async def body(transaction: Session) -> None:
        await add_code(deps.store, code.stored, transaction)
        await append_operation(deps.store, operation, transaction)

    await run_transaction(deps.store, body)
    return PortalSession(url=sign_in_url(deps, code.secret), customer_id=customer.id, expires_at=expires_at)


def _validate_return_url(text: str, *, is_sandbox: bool) -> None:
    """Check that the portal may lead back to an address: over TLS, or in the sandbox on this machine."""
    refusal = InvalidValue("an address such as https://app.example.com/account", field=("return_url",))
    try:
        parts = urlsplit(text)
    except ValueError:
        raise refusal from None
    is_local = is_sandbox and parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES
    is_safe = parts.hostname and parts.username is None and (parts.scheme == "https" or is_local)
    if len(text) > RETURN_URL_CHARS_MAX or not text.isprintable() or " " in text or not is_safe:
        raise refusal
