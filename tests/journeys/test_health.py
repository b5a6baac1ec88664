"""Who may see how business goes."""

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.settings.choices import Mode
from ciclo.settings.settings import Settings
from ciclo.web.health import health_routes
from ciclo.web.problems import HANDLERS
from ciclo.web.serving.drain import Drain
from tests.stack import settings_for
from tests.web.serving import serving

TOKEN = "a token of Prometheus, long enough for anybody"
DETAILS = {"mongo", "redis", "groups", "backlog", "due"}


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


async def answers(settings: Settings, *, token: str | None = None) -> dict[str, tuple[int, set[str]]]:
    """Return of each route the status, and the names that its JSON has."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with open_deps(settings.model_copy(update={"mode": Mode.SANDBOX})) as deps:

        def _deps(_: Request) -> Deps:
            return deps

        app = Starlette(routes=health_routes(settings, _deps, Drain()), exception_handlers=HANDLERS)
        async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
            found = {
                path: await client.get(path, headers=headers) for path in ("/healthz", "/readyz", "/metrics")
            }
    return {
        path: (answer.status_code, set(answer.json()) if "json" in answer.headers["content-type"] else set())
        for path, answer in found.items()
    }


async def test_the_sandbox_shows_all(settings: Settings) -> None:
    found = await answers(settings)

    assert found["/healthz"] == (200, {"status"})
    assert found["/readyz"] == (200, {"status", *DETAILS})
    assert found["/metrics"] == (200, set())


async def test_live_mode_shows_what_an_orchestrator_needs(settings: Settings) -> None:
    found = await answers(settings.model_copy(update={"mode": Mode.LIVE}))

    assert found["/healthz"] == (200, {"status"})
    assert found["/readyz"] == (200, {"status"})
    assert found["/metrics"][0] == 404


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_token_opens_what_it_closes(settings: Settings, mode: Mode) -> None:
    closed = settings.model_copy(update={"mode": mode, "metrics_token": SecretStr(TOKEN)})

    for wrong in (None, "another", TOKEN + "x"):
        found = await answers(closed, token=wrong)
        assert found["/readyz"] == (200, {"status"})
        assert found["/metrics"][0] == 401

    found = await answers(closed, token=TOKEN)
    assert found["/readyz"] == (200, {"status", *DETAILS})
    assert found["/metrics"] == (200, set())


async def test_a_process_that_ends_is_not_ready_and_lives(settings: Settings) -> None:
    async with open_deps(settings) as deps:

        def _deps(_: Request) -> Deps:
            return deps

        app = Starlette(routes=health_routes(settings, _deps, Drain(begun=True)), exception_handlers=HANDLERS)
        async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=20) as client:
            ready, alive = await client.get("/readyz"), await client.get("/healthz")

    assert (ready.status_code, ready.json()) == (503, {"status": "ending"})
    assert alive.status_code == 200
