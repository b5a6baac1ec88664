"""`ciclo doctor --live`: what a production relies on, tried against stand-ins that can be spoiled."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.actions.production.examine import CHECKS, examine_production
from ciclo.cli.app import app
from ciclo.settings.choices import Mode, ProviderName
from ciclo.settings.mail import MailDelivery
from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.chaos.processes import environment
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.mails.post_office import post_office
from tests.stack import Stack, running_stack, settings_for

TOKEN = "a token of Prometheus, long enough for anybody"


@pytest.fixture
async def production(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    """A stack in live mode, with everything that one needs."""
    async with serving(FakeStripe().app()) as stripe_url, post_office() as office:
        settings = by_stripe(
            settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix), stripe_url
        ).model_copy(
            update={
                "mode": Mode.LIVE,
                "pix_gateway": ProviderName.STRIPE,
                "boleto_gateway": ProviderName.STRIPE,
                "stripe_publishable_key": "pk_test_ciclo",
                "metrics_token": SecretStr(TOKEN),
                "smtp_url": SecretStr(office.url),
                "mail_delivery": MailDelivery.SMTP,
                "mail_from": "cobranca@example.com",
            }
        )
        async with running_stack(settings, billing_workers=0, collection_workers=0) as stack:
            yield stack


async def faults(deps: Deps) -> dict[str, str]:
    return {one.what: one.detail async for one in examine_production(deps) if not one.ok}


async def test_nothing_is_wrong_with_a_production_that_has_everything(production: Stack) -> None:
    found = [one async for one in examine_production(production.deps)]

    assert [one for one in found if not one.ok] == []
    assert [one.what for one in found] == [*CHECKS, "Public address"]


def with_settings(**changes: Any) -> Callable[[Deps], Deps]:
    return lambda deps: replace(deps, settings=deps.settings.model_copy(update=changes))


def with_a_clock_ahead(deps: Deps) -> Deps:
    return replace(deps, wall=lambda: deps.wall() + timedelta(minutes=1))


SPOILED: list[tuple[str, str, Callable[[Deps], Deps]]] = [
    ("Mode", "set it to live", with_settings(mode=Mode.SANDBOX)),
    ("Secrets", "set CICLO_ENCRYPTION_KEYS", with_settings(encryption_keys=())),
    ("Tokens", "ConnectError", with_settings(jwks_url="http://127.0.0.1:1/keys")),
    ("TLS", "no https:// address", with_settings(base_url="http://billing.example.com")),
    ("Clocks", "run NTP on both", with_a_clock_ahead),
    ("Mail", "set CICLO_SMTP_URL", with_settings(smtp_url=None)),
    (
        "Mail",
        "127.0.0.1 does not take mails",
        with_settings(smtp_url=SecretStr("smtp://127.0.0.1:1?tls=none")),
    ),
    ("Public address", "can't be asked from here", with_settings(base_url="http://127.0.0.1:1")),
]


async def test_each_check_says_what_is_wrong_and_what_to_do(production: Stack) -> None:
    for what, told, spoil in SPOILED:
        found = await faults(spoil(production.deps))

        assert told in found.get(what, ""), (what, found)

    wrong_key = production.deps.settings.model_copy(update={"stripe_api_key": SecretStr("sk_test_revoked")})
    async with open_deps(wrong_key) as deps:
        assert (await faults(deps))["Providers"].startswith("stripe: ")

    admin = production.deps.streams.redis
    await admin.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert "set it to noeviction" in (await faults(production.deps))["Redis"]
    finally:
        await admin.config_set("maxmemory-policy", "noeviction")


@pytest.mark.usefixtures("logging_put_back")
def test_the_command_tells_all_of_it_and_fails_where_something_is_wrong(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    settings: Settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)

    told = CliRunner().invoke(app, ["doctor", "--live"], env=environment(settings))

    assert told.exit_code == 1
    lines = told.output.splitlines()
    assert "FAULT  Mode           CICLO_MODE is sandbox, where no money moves: set it to live" in lines
    assert len(lines) == len(CHECKS) + 1
