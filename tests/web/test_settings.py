"""Settings: what does not fit stops a process before it serves anything."""

from typing import Any, Final

import pytest
from pydantic import ValidationError

from ciclo.settings.choices import Mode
from ciclo.settings.settings import Settings

SERVERS: Final = {"mongo_url": "mongodb://127.0.0.1/?replicaSet=rs0", "redis_url": "redis://127.0.0.1"}
OWN: Final = "a secret of our own that nobody else has seen"
WEBHOOK: Final = "whsec_b3VyIG93biBzZWNyZXQgb2YgdGhlIHdlYmhvb2tz"
PUBLIC_JWT: Final = "development-only-not-a-secret-development-only"
PUBLIC_WEBHOOK: Final = "whsec_ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQ="
LIVE: Final[dict[str, Any]] = {
    "mode": Mode.LIVE,
    "jwt_secret": OWN,
    "webhook_secrets": WEBHOOK,
    "card_gateway": "stripe",
    "pix_gateway": "abacatepay",
    "boleto_gateway": "stripe",
    "stripe_publishable_key": "pk_live_of_the_tests",
    "portal": False,
}


def settings(**given: Any) -> Settings:
    return Settings(**{**SERVERS, "jwt_secret": OWN, **given})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**LIVE, "card_gateway": "sandbox"}, "live mode needs a real gateway for every method"),
        ({**LIVE, "base_url": "http://billing.example.com"}, "live mode needs an https:// address"),
        ({**LIVE, "portal": True}, "live mode needs a way to sign in to the portal"),
        (
            {**LIVE, "sign_in_url": "http://id.example.com", "sign_in_client_id": "c"},
            "CICLO_SIGN_IN_URL with https",
        ),
        ({"sign_in_url": "https://id.example.com"}, "CICLO_SIGN_IN_URL needs CICLO_SIGN_IN_CLIENT_ID"),
        ({"sign_in_url": "id.example.com", "sign_in_client_id": "c"}, "not an address such as https://id"),
        ({**LIVE, "webhook_secrets": ""}, "live mode needs CICLO_WEBHOOK_SECRETS"),
        ({**LIVE, "jwt_secret": PUBLIC_JWT}, "live mode needs secrets of your own"),
        ({**LIVE, "webhook_secrets": f"{WEBHOOK},{PUBLIC_WEBHOOK}"}, "live mode needs secrets of your own"),
        (
            {**LIVE, "portal": True, "stripe_publishable_key": None},
            "live mode needs CICLO_STRIPE_PUBLISHABLE_KEY",
        ),
        ({**LIVE, "stripe_publishable_key": "sk_live_secret"}, "begins with pk_test_ or pk_live_"),
        ({**LIVE, "stripe_api_key": "sk_test_of_another_mode"}, "is live, CICLO_STRIPE_API_KEY is test"),
        ({"stripe_script_url": "https://js.stripe.com.evil.example/stripe.js"}, "CICLO_STRIPE_SCRIPT_URL"),
        ({"stripe_script_url": "http://192.0.2.1/stripe.js"}, "CICLO_STRIPE_SCRIPT_URL"),
        ({"jwt_secret": "short"}, "CICLO_JWT_SECRET needs at least 32 bytes"),
        ({"jwt_secret": None}, "set CICLO_JWT_SECRET or CICLO_JWKS_URL"),
        ({"timezone": "Brazil/Nowhere"}, "not an IANA time zone"),
        ({"currency": "reais"}, "the currency must be an ISO 4217 code"),
        ({"retry_days": "2,0"}, "greater than or equal to 1"),
        ({"retry_days": ""}, "at least 1 item"),
        ({"batch_events_max": 0}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(**given)


def test_live_mode_starts_with_real_providers_and_secrets_of_ones_own() -> None:
    assert not settings(**LIVE).is_sandbox
    for address in ("https://billing.example.com", "http://127.0.0.1:8000", "http://[::1]:8000"):
        assert settings(**LIVE, base_url=address).base_url == address
    # Without pages of ours nobody asks for a card here.
    assert settings(**{**LIVE, "stripe_publishable_key": None}).stripe_publishable_key is None


def test_customers_are_limited_in_live_mode_unless_somebody_says_otherwise() -> None:
    assert settings().operations_per_minute == 0
    assert settings(**LIVE).operations_per_minute == 1_200
    assert settings(**LIVE, requests_per_minute=0).operations_per_minute == 0


def test_the_schema_is_told_in_the_sandbox_unless_somebody_says_otherwise() -> None:
    assert (settings().shows_graphiql, settings().tells_schema) == (True, True)
    live = settings(**LIVE)
    assert (live.shows_graphiql, live.tells_schema) == (False, False)
    asked = settings(**LIVE, graphiql=True, introspection=True)
    assert (asked.shows_graphiql, asked.tells_schema) == (True, True)


def test_lists_are_separated_by_commas() -> None:
    given = settings(allowed_hosts="a.example, b.example,", retry_days="1,3", webhook_secrets=WEBHOOK)

    assert (given.allowed_hosts, given.retry_days) == (("a.example", "b.example"), (1, 3))
    assert [one.get_secret_value() for one in given.webhook_secrets] == [WEBHOOK]


def test_card_numbers_are_taken_by_the_sandbox_only_unless_somebody_insists() -> None:
    assert settings().takes_card_numbers
    assert not settings(card_gateway="stripe").takes_card_numbers
    assert settings(card_gateway="stripe", card_intake="passthrough").takes_card_numbers


def test_no_secret_shows_in_a_repr() -> None:
    shown = repr(settings(**LIVE, stripe_api_key="sk_live_1", abacatepay_api_key="abc_1"))

    assert not any(secret in shown for secret in (OWN, WEBHOOK, "sk_live_1", "abc_1"))
