"""Browsers: what an answer tells one that was signed in, and one that was signed out."""

from starlette.requests import Request
from starlette.responses import Response

from ciclo.actions.access.sessions import end_session
from ciclo.actions.dependencies import Deps
from ciclo.store.access.sessions import SignInSession
from ciclo.web.admission import Admission


async def sign_in_browser(
    admission: Admission,
    request: Request,
    response: Response,
    begun: tuple[str, SignInSession],
) -> Response:
    """Return *response* with the cookie of a session that has begun; the one of before ends.

    The cookie is a new one at each sign-in, so that nobody goes on with one that they put there before.
    """
    secret, session = begun
    deps: Deps = request.state.deps
    await sign_out_browser(admission, request, response)
    admission.cookie.write(response, secret, at=deps.wall(), until=session.ends_at)
    return response


async def sign_out_browser(admission: Admission, request: Request, response: Response) -> Response:
    """Return *response*, which lets the browser forget its session; the session ends."""
    before = admission.cookie.read(request)
    if before is not None:
        await end_session(request.state.deps, before)
        admission.sessions.forget()
        admission.cookie.clear(response)
    return response
