"""GraphiQL's page: everything it loads is served here, and its policy lets nothing else in."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from ciclo.settings.settings import Settings
from ciclo.web.built import ImmutableFiles
from ciclo.web.graphql.graphiql import ASSETS, FILES, GraphiqlPage
from ciclo.web.headers import middleware
from tests.web.serving import serving


def test_the_page_loads_everything_from_here() -> None:
    page = bytes(GraphiqlPage.of().response().body).decode()

    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {Path(source).suffix for source in sources} == {".js", ".css", ".svg"}
    assert all((FILES / source.removeprefix("/")).is_file() for source in sources)
    assert all(source.startswith(f"/{ASSETS}/") for source in sources)


def test_its_policy_allows_no_script_in_the_page_and_no_other_host() -> None:
    response = GraphiqlPage.of().response()

    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline", policy)
    assert "frame-ancestors 'none'" in policy
    assert re.findall(r"<script[^>]*>([^<]+)</script>|<style", bytes(response.body).decode()) == []


def test_without_its_files_it_says_what_to_run(tmp_path: Path) -> None:
    response = GraphiqlPage.of(tmp_path).response()

    assert response.status_code == 503
    assert "run\n<code>.venv/bin/ciclo assets</code>" in bytes(response.body).decode()
    assert "<script" not in bytes(response.body).decode()


async def test_its_files_are_kept_by_browsers_for_ever(settings: Settings) -> None:
    name = next((FILES / ASSETS).glob("index-*.js")).name
    routes = [Mount(f"/{ASSETS}", ImmutableFiles(directory=FILES / ASSETS))]
    async with (
        serving(Starlette(routes=routes, middleware=middleware(settings))) as url,
        httpx.AsyncClient(base_url=f"{url}/{ASSETS}") as client,
    ):
        script = await client.get(f"/{name}")
        again = await client.get(f"/{name}", headers={"if-none-match": script.headers["etag"]})
        missing = await client.get("/../../../../etc/passwd")

    assert script.content == (FILES / ASSETS / name).read_bytes()
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert (again.status_code, missing.status_code) == (304, 404)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
    ],
)
async def test_its_files_come_packed_to_whoever_takes_that(accepted: str, coding: str | None) -> None:
    script = next((FILES / ASSETS).glob("index-*.js"))
    app = Starlette(routes=[Mount(f"/{ASSETS}", ImmutableFiles(directory=FILES / ASSETS))])
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ciclo") as client,
        client.stream("GET", f"/{ASSETS}/{script.name}", headers={"accept-encoding": accepted}) as answer,
    ):
        raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "accept-encoding"
    packed = {"br": ".br", "gzip": ".gz", None: ""}[coding]
    assert raw == script.with_name(script.name + packed).read_bytes()
