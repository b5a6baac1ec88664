"""Where a mail's links lead: the one place that knows."""

from ciclo.domain.ids import InvoiceId
from ciclo.settings.settings import Settings


def invoice_link(settings: Settings, invoice_id: InvoiceId) -> str:
    """Return where a customer sees an invoice, and pays it."""
    return f"{settings.base_url.rstrip('/')}/faturas/{invoice_id}"


def subscription_link(settings: Settings) -> str:
    """Return where a customer sees their subscription, and changes how they pay."""
    return f"{settings.base_url.rstrip('/')}/assinatura"
