"""Choosing a demo person is for this machine, in a sandbox, and for nobody else."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request

from ciclo.actions.dependencies import Deps
from ciclo.settings.choices import Mode
from ciclo.settings.settings import Settings
from ciclo.web.admission import Admission
from ciclo.web.headers import middleware
from ciclo.web.problems import HANDLERS
from ciclo.web.sign_in.demo_people import demo_routes

ANA = {"email": "ana@example.com"}
PATH = "/sandbox/sessions"


class LetIn(Exception):
    """The request came past every refusal and reached for the data."""


def _deps(_request: Request) -> Deps:
    raise LetIn


async def ask(
    settings: Settings,
    method: str = "GET",
    *,
    url: str = "http://127.0.0.1:8000",
    client: str = "127.0.0.1",
    headers: Mapping[str, str] | None = None,
    **body: Any,
) -> httpx.Response:
    """Send a request as *client*; an exception of the application is answered with 500."""
    app = Starlette(
        routes=demo_routes(settings, _deps, Admission.of(settings)),
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(client, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=url) as http:
        return await http.request(method, PATH, headers=headers, **body)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
async def test_this_machine_is_let_in_by_its_own_names(settings: Settings, url: str) -> None:
    assert (await ask(settings, url=url)).status_code == 500
    assert (await ask(settings, "POST", url=url, json=ANA)).status_code == 500


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "evil.example.com:8000",
        "127.0.0.1.evil.example.com",
        "192.168.0.7:8000",
        "0.0.0.0",
    ],
)
async def test_a_foreign_name_for_this_machine_is_refused(settings: Settings, host: str) -> None:
    for method in ("GET", "POST"):
        answer = await ask(settings, method, headers={"host": host}, json=ANA)

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("client", ["10.0.0.7", "203.0.113.9", "2001:db8::1", "testclient"])
async def test_another_machine_is_refused_whatever_name_it_uses(settings: Settings, client: str) -> None:
    answer = await ask(settings, "POST", client=client, json=ANA)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"])
async def test_what_came_through_a_proxy_is_refused(settings: Settings, header: str) -> None:
    answer = await ask(settings, "POST", headers={header: "127.0.0.1"}, json=ANA)

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"mode": Mode.LIVE}, id="money is real"),
        pytest.param({"jwt_secret": None}, id="no secret to sign with"),
        pytest.param({"jwks_url": "https://id.example.com/jwks"}, id="an identity provider"),
        pytest.param(
            {"jwks_url": "https://id.example.com/jwks", "jwt_secret": SecretStr("x" * 32)},
            id="an identity provider beside a secret",
        ),
    ],
)
def test_there_is_no_such_route_where_sessions_are_somebody_elses(
    settings: Settings, changes: dict[str, Any]
) -> None:
    elsewhere = settings.model_copy(update=changes)
    assert demo_routes(elsewhere, _deps, Admission.of(settings)) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"content": b'{"email": "ana@example.com"}'}, 415, id="no type"),
        pytest.param(
            {"content": b"email=ana", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            415,
            id="a form of another site",
        ),
        pytest.param({"json": {}}, 422, id="nobody"),
        pytest.param({"json": {"email": 7}}, 422, id="a number"),
        pytest.param({"json": {**ANA, "role": "admin"}}, 422, id="a role of one's choice"),
        pytest.param({"json": {"email": "a" * 2_000}}, 413, id="too much"),
    ],
)
async def test_a_choice_that_is_none_is_refused(
    settings: Settings, body: dict[str, Any], status: int
) -> None:
    assert (await ask(settings, "POST", **body)).status_code == status
