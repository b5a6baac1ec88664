"""Return addresses: where a checkout leads people back to, on the hosts that the seller has named."""

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import SubscriptionId
from ciclo.settings.settings import LOOPBACK_NAMES, Settings

URL_CHARS_MAX: Final = 2_000
SUBSCRIPTION: Final = "subscription"
"""What an address is told of a checkout, and nothing else: the id opens nothing."""


def require_return_address(settings: Settings, url: str | None, *, field: str) -> None:
    """Check that a checkout may lead to *url*; None: it leads nowhere.

    Raises:
        InvalidValue: it is none of CICLO_CHECKOUT_RETURN_HOSTS, or no address over TLS; in the sandbox this
            machine will do.
    """
    if url is not None and not may_return_to(settings, url):
        raise InvalidValue("an https address on a host of CICLO_CHECKOUT_RETURN_HOSTS", field=(field,))


def may_return_to(settings: Settings, url: str) -> bool:
    """Return whether a checkout may lead to *url* now."""
    if len(url) > URL_CHARS_MAX or not url.isprintable() or not url.isascii() or {" ", "\\"} & set(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    if settings.is_sandbox and parts.scheme == "http" and host in LOOPBACK_NAMES:
        return True
    named = host if port is None else f"{host}:{port}"
    return parts.scheme == "https" and named in {one.lower() for one in settings.checkout_return_hosts}


def address_after(settings: Settings, url: str | None, subscription_id: SubscriptionId) -> str | None:
    """Return where whoever has signed up is led; None where that is nowhere, or not allowed any more."""
    if url is None or not may_return_to(settings, url):
        return None
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    query = urlencode([*(one for one in kept if one[0] != SUBSCRIPTION), (SUBSCRIPTION, subscription_id)])
    return urlunsplit(parts._replace(query=query))
