"""The door of invoice links: which invoice a request's token opens, and who may come in how often."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request

from ciclo.actions.dependencies import Deps
from ciclo.actions.links.invoice_links import open_invoice_link, payer_by_link
from ciclo.actions.self_service.attempts import AttemptLimit, forget_attempt
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.links import LinkExpired, LinkNotFound, LinkRevoked
from ciclo.domain.invoice import Invoice, InvoiceStatus
from ciclo.streams.places import Window
from ciclo.viewer import Viewer
from ciclo.web.admission import Admission
from ciclo.web.problems import HttpProblem
from ciclo.web.rate_limit import require_attempt

HEADER: Final = "x-ciclo-link"
"""Holds the token, where the page asks: in an address it would be written down on the way."""
WRONG_TOKENS: Final = AttemptLimit(name="links", windows=(Window(places=30, lasts=timedelta(minutes=1)),))
"""From one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHolder:
    """An invoice, and who has its link: they pay as its customer."""

    invoice: Invoice
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class InvoiceDoor:
    """Lets whoever has a link in, to the one invoice that it is for."""

    deps: Callable[[Request], Deps]
    admission: Admission

    async def enter(self, request: Request, *, operations: int = 1) -> LinkHolder:
        """Return what the request's token opens, having counted what is asked for as so many *operations*.

        Raises:
            HttpProblem: it opens nothing, or not any more; or there were too many that open nothing.
        """
        deps = self.deps(request)
        invoice = await self.look(request, request.headers.get(HEADER, ""))
        try:
            viewer = await payer_by_link(deps, invoice)
        except LinkNotFound as error:
            raise refusal_of(error, status=404) from None
        self.admission.count(request, viewer, operations=operations)
        return LinkHolder(invoice=invoice, viewer=viewer)

    async def look(self, request: Request, token: str) -> Invoice:
        """Return the invoice that *token* opens.

        Raises:
            HttpProblem: it opens nothing, or not any more; or there were too many that open nothing.
        """
        deps = self.deps(request)
        address = request.client.host if request.client else ""
        # Counted first, and given back: a hundred tries at a time are as many as one after the other.
        attempt = await require_attempt(deps, WRONG_TOKENS, address)
        try:
            invoice = await open_invoice_link(deps, token)
        except LinkNotFound as error:
            raise refusal_of(error, status=404) from None
        except (LinkRevoked, LinkExpired) as error:
            await forget_attempt(deps, attempt)
            raise refusal_of(error, status=410) from None
        await forget_attempt(deps, attempt)
        if invoice.status is InvoiceStatus.CANCELLED:
            raise HttpProblem(status=410, code="INVOICE_CANCELED", detail="this invoice was withdrawn")
        return invoice


def refusal_of(error: BillingError, *, status: int) -> HttpProblem:
    """Return a refusal of billing as an answer of HTTP."""
    return HttpProblem(status=status, code=error.code.value, detail=str(error))
