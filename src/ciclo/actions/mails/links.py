"""Where a mail's links lead: the one place that knows."""

from ciclo.actions.dependencies import Deps
from ciclo.actions.links.addresses import find_invoice_address
from ciclo.domain.ids import InvoiceId
from ciclo.settings.settings import Settings


async def invoice_link(deps: Deps, invoice_id: InvoiceId) -> str:
    """Return where a customer sees an invoice, and pays it: signing in only if its link was revoked."""
    address = await find_invoice_address(deps, invoice_id)
    return address or f"{deps.settings.base_url.rstrip('/')}/faturas/{invoice_id}"


def subscription_link(settings: Settings) -> str:
    """Return where a customer sees their subscription, and changes how they pay."""
    return f"{settings.base_url.rstrip('/')}/assinatura"
