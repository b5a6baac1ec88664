"""The portal's page and files: under which addresses they are served, and with which headers."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from ciclo.actions.cards.payment_options import script_hosts
from ciclo.settings.choices import ProviderName
from ciclo.settings.settings import Settings
from ciclo.web.headers import middleware
from ciclo.web.portal import RESERVED, portal_csp, portal_routes
from ciclo.web.problems import HANDLERS
from tests.web.pictures import a_png

PAGE = (
    "<!doctype html><title>Ciclo Demo Ltda.</title>"
    '<script type="module" src="/assets/portal/index-1.js"></script>'
)
SCRIPT = "console.info('hello')"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A portal as Vite leaves it."""
    assets = tmp_path / "assets" / "portal"
    assets.mkdir(parents=True)
    (assets / "index-1.js").write_text(SCRIPT)
    (tmp_path / "index.html").write_text(PAGE)
    return tmp_path


def client_of(settings: Settings, files: Path, *, url: str = "http://127.0.0.1:8000") -> httpx.AsyncClient:
    app = Starlette(
        routes=portal_routes(settings, files),
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=url)


@pytest.fixture
async def client(settings: Settings, built: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(settings, built) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/entrar",
        "/assinatura",
        "/assinatura/trocar/plan_01h455vb4pex5vsknk084sn02q",
        "/faturas/inv_01h455vb4pex5vsknk084sn02q",
        "/admin",
        "/admin/",
        "/apiary",
        "/?ciclo=ANNUAL",
    ],
)
async def test_the_page_is_at_every_address_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_page_says_whose_it_is_and_serves_their_files(
    settings: Settings, built: Path, tmp_path: Path
) -> None:
    (built / "index.html").write_text("<!doctype html><head><title>Ciclo</title></head>")
    logo, font = tmp_path / "logo.png", tmp_path / "title.woff2"
    logo.write_bytes(a_png(width=240, height=60))
    font.write_bytes(b"wOF2" + bytes(60))
    brand = {
        "brand_name": 'FitLocus & "Co"',
        "brand_accent": "#ffb000",
        "brand_logo": logo,
        "title_font": font,
        "terms_url": "https://fitlocus.example/termos",
    }
    branded = settings.model_copy(update=brand)
    async with client_of(branded, built) as client:
        page = (await client.get("/")).text
        told = json.loads(unescape(re.findall(r'<meta name="brand" content="([^"]*)">', page)[0]))
        style = await client.get(re.findall(r'<link rel="stylesheet" href="([^"]*)">', page)[0])
        picture = await client.get(told["logo"])
        title_font = await client.get(re.findall(r'url\("([^"]*)"\)', style.text)[0])

    assert "<title>FitLocus &amp; &quot;Co&quot;</title>" in page
    assert '<meta name="mode" content="sandbox">' in page
    assert (told["name"], told["termsUrl"]) == ('FitLocus & "Co"', "https://fitlocus.example/termos")
    assert "--accent: #ffb000;" in style.text
    assert (picture.content, picture.headers["content-type"]) == (logo.read_bytes(), "image/png")
    assert (title_font.content, title_font.headers["content-type"]) == (font.read_bytes(), "font/woff2")
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert picture.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_page_names_the_zone_whose_days_its_dates_are(settings: Settings, built: Path) -> None:
    (built / "index.html").write_text("<!doctype html><head><title>Ciclo</title></head>")
    async with client_of(settings, built) as client:
        page = (await client.get("/")).text

    assert f'<meta name="timezone" content="{settings.timezone}">' in page


async def test_the_page_runs_nothing_that_is_not_ours_and_is_in_nobodys_frame(
    client: httpx.AsyncClient,
) -> None:
    headers = (await client.get("/assinatura")).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self' ws://127.0.0.1:8000 wss://127.0.0.1:8000; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    assert "strict-transport-security" not in headers


async def test_behind_tls_browsers_are_told_to_stay_there(settings: Settings, built: Path) -> None:
    behind_tls = settings.model_copy(update={"base_url": "https://billing.example.com"})

    async with client_of(behind_tls, built) as client:
        headers = (await client.get("/")).headers

    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com; script-src *",
        "127.0.0.1:8000 https://evil.example.com",
        "evil.example.com,other",
        "a" * 300,
        "",
    ],
)
def test_a_host_that_is_none_adds_nothing_to_the_policy(host: str) -> None:
    assert "connect-src 'self';" in portal_csp(host)
    assert "evil" not in portal_csp(host)


@pytest.mark.parametrize(("host"), ["billing.example.com", "[::1]:8000"])
def test_the_socket_of_the_same_host_is_allowed_by_name(host: str) -> None:
    assert f"connect-src 'self' ws://{host} wss://{host};" in portal_csp(host)


@pytest.mark.parametrize("first", RESERVED)
@pytest.mark.parametrize("rest", ["", "/", "/nothing/here"])
async def test_addresses_of_others_are_never_the_page(
    client: httpx.AsyncClient, first: str, rest: str
) -> None:
    answer = await client.get(f"/{first}{rest}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/.env", "/admin/index.php", "//", "/a//b"])
async def test_names_of_files_are_never_the_page(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"http://127.0.0.1:8000{path}")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_only_reading_the_page_is_possible(client: httpx.AsyncClient) -> None:
    answer = await client.post("/assinatura")

    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


async def test_files_are_kept_for_ever_since_their_names_change(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/portal/index-1.js")

    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/assets/portal/index-0.js", "/assets/portal/..%2f..%2findex.html"])
async def test_a_file_that_is_not_there_is_not_kept(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


async def test_without_a_build_the_page_says_what_to_run(settings: Settings, tmp_path: Path) -> None:
    async with client_of(settings, tmp_path) as client:
        answer = await client.get("/")
        admin = await client.get("/admin")
        missing = await client.get("/assets/portal/index-1.js")

    assert answer.status_code == 503
    assert "run\n<code>.venv/bin/ciclo assets</code>" in answer.text
    assert (admin.status_code, admin.text) == (503, answer.text)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert missing.status_code == 404


def test_stripes_hosts_are_named_where_stripe_takes_cards_and_nowhere_else(settings: Settings) -> None:
    by_stripe = settings.model_copy(
        update={"card_gateway": ProviderName.STRIPE, "stripe_publishable_key": "pk_test_of_the_tests"}
    )

    assert "stripe" not in portal_csp("shop.example.com", script_hosts(settings))
    policy = portal_csp("shop.example.com", script_hosts(by_stripe))
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com; style-src 'self';" in policy
    assert "wss://shop.example.com https://api.stripe.com; frame-src https://js.stripe.com" in policy
    assert "unsafe" not in policy
