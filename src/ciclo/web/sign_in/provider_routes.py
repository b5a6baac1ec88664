"""To the seller's identity provider and back."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciclo.actions.access.identities import Identity, NobodyHere, person_of_identity
from ciclo.actions.access.sessions import begin_session
from ciclo.actions.dependencies import Deps
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from ciclo.store.access.sessions import SignInWay
from ciclo.web.admission import Admission
from ciclo.web.auth import operator_roles
from ciclo.web.sign_in.browsers import sign_in_browser
from ciclo.web.sign_in.cookies import Cookie
from ciclo.web.sign_in.provider import CALLBACK, IdentityClaims, IdentityProvider, Journey, ProviderFault

BEGIN: Final = "/api/session/provider"
JOURNEY: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""
NOBODY: Final = "SIGN_IN_NOBODY_HERE"

_PATH: Final = re.compile(r"/(?!/)[A-Za-z0-9/_?=&.-]{0,300}", re.ASCII)
"""A page of ours: nothing that a browser would take for another host."""

_log = structlog.get_logger(__name__)


def provider_routes(
    settings: Settings, admission: Admission, provider: IdentityProvider | None
) -> list[Route]:
    """Return the routes, none without a provider."""
    if provider is None:
        return []
    way = _Way(provider, admission, Cookie.of(settings, "journey"))
    return [Route(BEGIN, way.lead, methods=["GET"]), Route(CALLBACK, way.come_back, methods=["GET"])]


@dataclass(frozen=True, slots=True)
class _Way:
    """Leads browsers to the provider, and signs in who comes back."""

    provider: IdentityProvider
    admission: Admission
    cookie: Cookie

    async def lead(self, request: Request) -> Response:
        """Lead a browser to the provider."""
        await self.admission.viewer(request)
        path = request.query_params.get("to", "/")
        journey = Journey.begin(path if _PATH.fullmatch(path) else "/")
        try:
            response = RedirectResponse(await self.provider.address(journey), status_code=303)
        except ProviderFault as fault:
            return self._explain(fault)
        at = request.state.deps.wall()
        self.cookie.write(response, journey.text(), at=at, until=at + JOURNEY)
        return response

    async def come_back(self, request: Request) -> Response:
        """Sign in whom the provider vouches for, and lead them to where they wanted to go."""
        await self.admission.viewer(request)
        deps: Deps = request.state.deps
        held = self.cookie.read(request)
        journey = Journey.read(held) if held else None
        try:
            claims = await self.provider.claims(journey, request.query_params)
            person = await person_of_identity(deps, _identity(claims))
        except ProviderFault as fault:
            return self._explain(fault)
        except NobodyHere:
            return self._explain(ProviderFault(NOBODY, "no address that is verified"))
        begun = await begin_session(deps, person, SignInWay.PROVIDER)
        path = journey.path if journey and _PATH.fullmatch(journey.path) else "/"
        response = RedirectResponse(path, status_code=303)
        self.cookie.clear(response)
        return await sign_in_browser(self.admission, request, response, begun)

    def _explain(self, fault: ProviderFault) -> Response:
        """Lead to the sign-in page, which says what went wrong and how to go on."""
        _log.warning("provider_sign_in_failed", error=str(fault))
        response = RedirectResponse(f"/entrar?problema={fault.code}", status_code=303)
        self.cookie.clear(response)
        return response


def _identity(claims: IdentityClaims) -> Identity:
    roles: tuple[OperatorRole, ...] = operator_roles(claims.role, claims.roles)
    return Identity(
        subject=claims.sub,
        email=claims.email,
        is_verified=claims.email_verified in {True, "true"},
        roles=roles,
        user_type=claims.user_type,
    )
