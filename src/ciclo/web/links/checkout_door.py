"""The door of checkout links: which link a request's token is of, and who may come in how often."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from ciclo.actions.dependencies import Deps
from ciclo.actions.links.checkout_links import open_checkout_link, read_checkout_link
from ciclo.actions.links.sign_ups import subscriber_by_link
from ciclo.actions.self_service.attempts import forget_attempt
from ciclo.domain.errors.customers import CustomerAnonymized, CustomerMerged
from ciclo.domain.errors.links import LinkExpired, LinkNotFound, LinkRevoked, LinkUsedUp
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.errors.subscriptions import PlanArchived
from ciclo.domain.links.checkout_link import CheckoutLink
from ciclo.viewer import ANONYMOUS, Viewer
from ciclo.web.admission import Admission
from ciclo.web.links.door import HEADER, WRONG_TOKENS, refusal_of
from ciclo.web.rate_limit import require_attempt

CLOSED: Final = (LinkRevoked, LinkExpired, LinkUsedUp, PlanArchived)
Find = Callable[[Deps, str], Awaitable[CheckoutLink]]

GONE: Final = (CustomerNotFound, CustomerAnonymized, CustomerMerged)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutVisitor:
    """A checkout link, and who has it."""

    link: CheckoutLink
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class CheckoutDoor:
    """Lets whoever has a checkout link in, to what it sells."""

    deps: Callable[[Request], Deps]
    admission: Admission

    async def enter(self, request: Request) -> CheckoutVisitor:
        """Return whose link the request's token is, also of one that is closed: who has signed up stays.

        Raises:
            HttpProblem: it is none, or too many were none, or they ask too often.
        """
        link = await self._look(request, request.headers.get(HEADER, ""), read_checkout_link)
        # All who have it are one caller, and may be many: each address has a share of its own.
        self.admission.count(request, ANONYMOUS, operations=1)
        try:
            viewer = await subscriber_by_link(self.deps(request), link, address=address_of(request))
        except GONE as error:
            raise refusal_of(error, status=410) from None
        return CheckoutVisitor(link=link, viewer=viewer)

    async def look(self, request: Request, token: str) -> CheckoutLink:
        """Return the link that *token* opens now.

        Raises:
            HttpProblem: it opens nothing, or not any more; or there were too many that open nothing.
        """
        return await self._look(request, token, open_checkout_link)

    async def _look(self, request: Request, token: str, find: Find) -> CheckoutLink:
        deps = self.deps(request)
        # Counted first, and given back: a hundred tries at a time are as many as one after the other.
        attempt = await require_attempt(deps, WRONG_TOKENS, address_of(request))
        try:
            link = await find(deps, token)
        except LinkNotFound as error:
            raise refusal_of(error, status=404) from None
        except CLOSED as error:
            await forget_attempt(deps, attempt)
            raise refusal_of(error, status=410) from None
        await forget_attempt(deps, attempt)
        return link


def address_of(request: Request) -> str:
    """Return the IP address that a request comes from."""
    return request.client.host if request.client else ""
