"""A Stripe for browsers, on loopback: a stand-in of its script and frames, and the small account behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route

from ciclo.settings.choices import Mode, ProviderName
from tests.gateways.facts import STRIPE_KEY, STRIPE_SECRET
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving

FILES: Final = Path(__file__).parent / "stripe"
SCRIPTS: Final = {"/endive/stripe.js": "stripe.js", "/form/frame.js": "frame.js"}
PAGES: Final = {
    "/form/card": '<label>Card number <input name="number" inputmode="numeric"></label>',
    "/form/bank": '<h1>Your bank asks</h1><button value="yes">Complete</button>',
}


@asynccontextmanager
async def stripe_stand_in() -> AsyncIterator[FakeStripe]:
    """Serve a fresh account, its script and the frames of its form; `url` of the account says where."""
    account = FakeStripe()
    app = Starlette(
        routes=[
            *(Route(path, _file_of(name)) for path, name in SCRIPTS.items()),
            *(Route(path, _page_of(body)) for path, body in PAGES.items()),
            Mount("/", account.app()),
        ]
    )
    async with serving(app) as url:
        account.url = url
        yield account


def live_by_stripe(account: FakeStripe) -> dict[str, Any]:
    """Return settings of live mode whose cards *account* collects."""
    return {
        "mode": Mode.LIVE,
        "sign_in_url": "https://id.example.com",
        "sign_in_client_id": "ciclo",
        "card_gateway": ProviderName.STRIPE,
        "pix_gateway": ProviderName.STRIPE,
        "boleto_gateway": ProviderName.STRIPE,
        "stripe_api_key": STRIPE_KEY,
        "stripe_api_url": account.url,
        "stripe_publishable_key": "pk_test_of_the_tests",
        "stripe_script_url": f"{account.url}/endive/stripe.js",
        "stripe_webhook_secrets": (STRIPE_SECRET,),
    }


def _file_of(name: str) -> Any:
    async def show(_: Request) -> Response:
        return FileResponse(FILES / name, media_type="text/javascript")

    return show


def _page_of(body: str) -> Any:
    async def show(_: Request) -> Response:
        head = '<!doctype html><html lang="en"><title>Stripe</title>'
        return HTMLResponse(f'{head}{body}<script src="/form/frame.js"></script>')

    return show
