"""Confirming: a charge whose payer's bank asks (3-D Secure) is taken up again once its payer is there."""

from dataclasses import dataclass, field, replace

import structlog

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps
from ciclo.actions.invoices import get_invoice, get_payment
from ciclo.actions.links.addresses import find_invoice_address
from ciclo.actions.processing.reconcile import record_news
from ciclo.actions.self_service.declines import try_card
from ciclo.domain.errors.payments import CardDeclined, ProviderUnavailable
from ciclo.domain.events.facts import PaymentFailed
from ciclo.domain.payment import MethodKind, Payment
from ciclo.domain.payments.attempt import awaits_confirmation
from ciclo.gateways.protocol import Confirmation, Misconfigured, NoticePayload, Unavailable

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPayment:
    """A payment, and what its payer has to do for it; None: nothing, or what came of it is being recorded."""

    payment: Payment
    action: Confirmation | None = field(default=None, repr=False)


async def confirm_payment(
    deps: Deps, payment_id: str, *, caller: Caller, return_url: str | None = None
) -> ConfirmedPayment:
    """Ask what became of a payment that its payer's bank wants confirmed, and what is to be done.

    It may be asked as often as one likes: before the payer goes to their bank, and when they are back, at
    *return_url* (by default the portal's page to pay the invoice). What the provider tells is recorded like
    a notice. An invoice that is open no more wants nothing confirmed.

    Raises:
        MalformedId, PaymentNotFound: there is none.
        CardDeclined, TooManyDeclines: the card was declined after all, or too many were.
        ProviderUnavailable: the provider did not answer, or our account with it is not in order.
    """
    payment = await get_payment(deps, payment_id, caller=caller)
    invoice = await get_invoice(deps, payment.invoice_id, caller=caller)
    if not (awaits_confirmation(payment) and invoice.is_open):
        return ConfirmedPayment(payment=payment)
    trying = try_card(
        deps,
        payment.subscription_id,
        caller=caller,
        kind=MethodKind.CREDIT_CARD,
        invoice_ids=[payment.invoice_id],
    )
    async with trying:
        back_at = return_url or await _page_of(deps, payment, caller)
        found = await _ask(deps, payment, return_url=back_at)
        if isinstance(found, Confirmation):
            return ConfirmedPayment(payment=payment, action=found)
        if found is not None:
            await record_news(deps, replace(payment, provider_reference=payment.failure_reference), found)
        if isinstance(found, PaymentFailed):
            raise CardDeclined(found.failure_code or "declined")
    return ConfirmedPayment(payment=payment)


async def _page_of(deps: Deps, payment: Payment, caller: Caller) -> str:
    """Return the page at which *caller* pays: who has a link comes back to that."""
    address = await find_invoice_address(deps, payment.invoice_id) if caller.viewer.has_link else None
    return address or f"{deps.settings.base_url.rstrip('/')}/pagar/{payment.invoice_id}"


async def _ask(deps: Deps, payment: Payment, *, return_url: str) -> Confirmation | NoticePayload | None:
    gateway = deps.gateways.for_method(MethodKind.CREDIT_CARD)
    try:
        return await gateway.confirm(payment, return_url=return_url)
    except Unavailable:
        raise ProviderUnavailable from None
    except Misconfigured as error:
        _log.error("gateway_misconfigured", gateway=gateway.name, error=str(error))
        raise ProviderUnavailable from None
