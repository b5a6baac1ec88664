"""GraphiQL's page: everything it loads is served here, and its policy lets nothing else in."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from strawberry.http.ides import get_graphql_ide_html

from ciclo.settings import Settings
from ciclo.web.graphql.graphiql import ASSETS_PATH, GraphiqlPage, ImmutableFiles
from ciclo.web.headers import middleware
from tests.web.serving import serving


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a folder with every file that the page wants, by name."""
    for name in re.findall(r'"https://unpkg\.com/([^"]+)"', get_graphql_ide_html("graphiql")):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_the_page_loads_everything_from_here(files: Path) -> None:
    page = bytes(GraphiqlPage.of(files).response().body).decode()

    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    local = [source for source in sources if not source.startswith("data:")]
    assert len(local) == 7
    assert all((files / source.removeprefix(f"{ASSETS_PATH}/")).is_file() for source in local)
    assert "unpkg" not in page
    assert page.count("integrity=") == 7


def test_its_policy_names_a_nonce_that_its_own_scripts_have_and_no_other_host(files: Path) -> None:
    page = GraphiqlPage.of(files)
    first, second = page.response(), page.response()

    policy = first.headers["content-security-policy"]
    [nonce] = re.findall(r"script-src 'self' 'nonce-([\w-]{22})'", policy)
    assert f'<script nonce="{nonce}">' in bytes(first.body).decode()
    assert "<script>" not in bytes(first.body).decode()
    assert nonce not in second.headers["content-security-policy"]
    assert not re.search(r"https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline", policy)
    assert "frame-ancestors 'none'" in policy


def test_without_its_files_it_says_what_to_run(files: Path) -> None:
    next(files.rglob("*.css")).unlink()
    response = GraphiqlPage.of(files).response()

    assert response.status_code == 503
    assert "run\n<code>.venv/bin/ciclo assets</code>" in bytes(response.body).decode()
    assert "<script" not in bytes(response.body).decode()


async def test_its_files_are_kept_by_browsers_for_ever(settings: Settings, files: Path) -> None:
    routes = [Mount(ASSETS_PATH, ImmutableFiles(directory=files))]
    async with (
        serving(Starlette(routes=routes, middleware=middleware(settings))) as url,
        httpx.AsyncClient(base_url=f"{url}{ASSETS_PATH}") as client,
    ):
        script = await client.get("/react@18.2.0/umd/react.production.min.js")
        again = await client.get(
            "/react@18.2.0/umd/react.production.min.js", headers={"if-none-match": script.headers["etag"]}
        )
        missing = await client.get("/react@18.2.0/../../../../etc/passwd")

    assert script.text == "react@18.2.0/umd/react.production.min.js"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert (again.status_code, missing.status_code) == (304, 404)
