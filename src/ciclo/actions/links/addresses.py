"""Addresses of links: where what a link opens is seen."""

from ciclo.actions.dependencies import Deps
from ciclo.actions.links.tokens import sign_token
from ciclo.domain.ids import InvoiceId
from ciclo.domain.links.checkout_link import CheckoutLink
from ciclo.domain.links.invoice_link import InvoiceLink
from ciclo.settings.settings import Settings
from ciclo.store.links.invoice_links import find_invoice_link


async def find_invoice_address(deps: Deps, invoice_id: InvoiceId) -> str | None:
    """Return where an invoice is seen without signing in; None: nowhere now, or no key can sign."""
    if not deps.settings.encryption_keys or not deps.settings.portal:
        return None
    link = await find_invoice_link(deps.store, invoice_id)
    return invoice_url(deps.settings, link) if link.is_good(at=deps.wall()) else None


def invoice_url(settings: Settings, link: InvoiceLink) -> str:
    """Return the address of a generation of a link.

    Raises:
        EncryptionNotSetUp: there is no key to sign with.
    """
    token = sign_token(settings, link.id, link.generation)
    return f"{settings.base_url.rstrip('/')}/i/{token}"


def checkout_url(settings: Settings, link: CheckoutLink) -> str:
    """Return the address of a checkout link.

    Raises:
        EncryptionNotSetUp: there is no key to sign with.
    """
    return f"{settings.base_url.rstrip('/')}/c/{sign_token(settings, link.id, 0)}"
