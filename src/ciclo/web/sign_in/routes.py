"""Signing in and out over HTTP: what ways there are, who is signed in, codes for sessions, the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.actions.access.sessions import SECRET_SHAPE, end_sessions_of, generate_secret
from ciclo.actions.access.sign_in import LINK_LIFE, CodeRefused, mail_link, person_of_email, redeem_code
from ciclo.actions.dependencies import Deps
from ciclo.actions.self_service.attempts import AttemptLimit, forget_attempt
from ciclo.domain.errors.general import InvalidValue
from ciclo.email_address import normalize_email
from ciclo.settings.settings import Settings
from ciclo.store.access.sessions import SignInSession, SignInWay
from ciclo.streams.places import Window
from ciclo.web.admission import Admission
from ciclo.web.problems import HttpProblem
from ciclo.web.rate_limit import require_attempt
from ciclo.web.request_body import read_body
from ciclo.web.sign_in.browsers import sign_in_browser, sign_out_browser
from ciclo.web.sign_in.cookies import Cookie
from ciclo.web.sign_in.demo_people import demo_routes, offers_demo_people
from ciclo.web.sign_in.provider import IdentityProvider
from ciclo.web.sign_in.provider_routes import provider_routes
from ciclo.web.sign_in.same_site import require_same_site
from ciclo.web.sign_in.sessions import KnownSession
from ciclo.web.strict_json import read_json

SESSION: Final = "/api/session"
BODY_BYTES_MAX: Final = 2_048
CODE_CHARS_MAX: Final = 200
WRONG_CODES: Final = AttemptLimit(name="codes", windows=(Window(places=10, lasts=timedelta(minutes=1)),))
"""From one address."""
LINKS_FROM: Final = AttemptLimit(name="links-from", windows=(Window(places=5, lasts=timedelta(minutes=1)),))
"""Asked for from one address."""
LINKS_TO: Final = AttemptLimit(name="links-to", windows=(Window(places=3, lasts=timedelta(minutes=3)),))
"""To one e-mail address."""


class _LinkWish(BaseModel):
    """Who wants a link."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    email: str


class _Code(BaseModel):
    """What a link carries."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    code: str = Field(min_length=1, max_length=CODE_CHARS_MAX)


def sign_in_routes(settings: Settings, deps: Callable[[Request], Deps], admission: Admission) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""
    provider = IdentityProvider(settings) if settings.sign_in_url else None
    door = _Door(settings, deps, admission, Cookie.of(settings, "asker"), provider)
    return [
        *demo_routes(settings, deps, admission),
        *provider_routes(settings, admission, provider),
        Route(SESSION, door.show, methods=["GET"]),
        Route(SESSION, door.begin, methods=["POST"]),
        Route(SESSION, door.end, methods=["DELETE"]),
        *([Route(f"{SESSION}/links", door.mail, methods=["POST"])] if settings.mails_links else []),
    ]


@dataclass(frozen=True, slots=True)
class _Door:
    """Where browsers come in and go out."""

    settings: Settings
    deps: Callable[[Request], Deps]
    admission: Admission
    asker: Cookie
    provider: IdentityProvider | None

    async def show(self, request: Request) -> Response:
        """Tell who is signed in, and which ways in there are."""
        await self.admission.viewer(request)
        secret = self.admission.cookie.read(request)
        known = await self.admission.sessions.known(self.deps(request), secret) if secret else None
        shown = {"person": _shown(known) if known else None, "ways": ways_of(self.settings)}
        response = JSONResponse(shown)
        if secret and not known:
            self.admission.cookie.clear(response)
        return response

    async def begin(self, request: Request) -> Response:
        """Sign in by a code."""
        require_same_site(request)
        attempt = await require_attempt(self.deps(request), WRONG_CODES, _address(request))
        given = await _code(request)
        try:
            begun = await redeem_code(self.deps(request), given, asker=self.asker.read(request))
        except CodeRefused as refused:
            raise HttpProblem(
                status=422, code=f"SIGN_IN_CODE_{refused.fault}", detail="this code signs nobody in"
            ) from None
        await forget_attempt(self.deps(request), attempt)
        response = JSONResponse({"isOperator": _is_operator(begun[1])}, status_code=201)
        self.asker.clear(response)
        return await sign_in_browser(self.admission, request, response, begun)

    async def mail(self, request: Request) -> Response:
        """Mail a link to whom Ciclo knows; the answer is the same, and as fast, for everybody else."""
        require_same_site(request)
        deps, at = self.deps(request), self.deps(request).wall()
        await require_attempt(deps, LINKS_FROM, _address(request))
        email = await _asked(request)
        await require_attempt(deps, LINKS_TO, email)
        person = await person_of_email(deps, email)
        held = self.asker.read(request)
        asker = held if held and SECRET_SHAPE.fullmatch(held) else generate_secret()
        work = BackgroundTask(mail_link, deps, person, asker=asker) if person else None
        response = JSONResponse({}, status_code=202, background=work)
        self.asker.write(response, asker, at=at, until=at + LINK_LIFE)
        return response

    async def end(self, request: Request) -> Response:
        """Sign this browser out, or all of the person who is signed in with it.

        Who came by the identity provider is told where to go to be signed out there, if it says where.
        """
        require_same_site(request)
        secret = self.admission.cookie.read(request)
        known = await self.admission.sessions.known(self.deps(request), secret) if secret else None
        if known is not None and request.query_params.get("everywhere") == "true":
            await end_sessions_of(self.deps(request), known.session.subject)
        came_by_provider = known is not None and known.session.way is SignInWay.PROVIDER
        lead = await self.provider.way_out() if self.provider and came_by_provider else None
        response = JSONResponse({"leadTo": lead}) if lead else Response(status_code=204)
        return await sign_out_browser(self.admission, request, response)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _asked(request: Request) -> str:
    try:
        body = read_json(await read_body(request, bytes_max=BODY_BYTES_MAX))
        return normalize_email(_LinkWish.model_validate(body).email)
    except (ValidationError, InvalidValue):
        raise HttpProblem(status=422, code="INVALID_VALUE", detail="send an email") from None


async def _code(request: Request) -> str:
    try:
        return _Code.model_validate(read_json(await read_body(request, bytes_max=BODY_BYTES_MAX))).code
    except ValidationError:
        raise HttpProblem(status=422, code="INVALID_VALUE", detail="send a code") from None


def ways_of(settings: Settings) -> dict[str, object]:
    """Return which ways in there are, as the sign-in page shows them."""
    provider = settings.sign_in_name or urlsplit(settings.sign_in_url or "").netloc or None
    return {"provider": provider, "link": settings.mails_links, "demo": offers_demo_people(settings)}


def _shown(known: KnownSession) -> dict[str, object]:
    """Return what the portal is told of a session."""
    viewer, session = known.viewer, known.session
    return {
        "email": viewer.email or viewer.subject,
        "isOperator": viewer.is_admin,
        "returnUrl": session.return_url,
        "endsAt": session.ends_at.isoformat(),
    }


def _is_operator(session: SignInSession) -> bool:
    return session.member_id is not None or bool(session.roles)
