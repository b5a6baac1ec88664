"""Which providers are opened for which settings, and what each is asked for."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.gateways.protocol import Misconfigured
from ciclo.gateways.registry import open_gateways
from ciclo.settings.choices import ProviderName
from tests.gateways.facts import PAYER, a_charge, settings, wall_now
from tests.gateways.fake_door import FakeDoor, own_notice
from tests.gateways.worlds import Served

NO_KEYS = {"stripe_api_key": None, "abacatepay_api_key": None}


async def test_the_sandbox_collects_everything_by_default() -> None:
    gateways = open_gateways(settings(**NO_KEYS), now=wall_now)

    assert set(gateways.by_name) == {"sandbox"}
    assert {gateways.for_method(kind).name for kind in MethodKind} == {"sandbox"}
    await gateways.aclose()


async def test_each_method_has_the_provider_that_settings_choose() -> None:
    gateways = open_gateways(
        settings(
            card_gateway=ProviderName.STRIPE,
            pix_gateway=ProviderName.ABACATEPAY,
            boleto_gateway=ProviderName.SANDBOX,
        ),
        now=wall_now,
    )

    assert {kind: gateways.for_method(kind).name for kind in MethodKind} == {
        MethodKind.CREDIT_CARD: "stripe",
        MethodKind.PIX: "abacatepay",
        MethodKind.BOLETO: "sandbox",
    }
    assert gateways.for_method(MethodKind.PIX) is gateways.of_provider("abacatepay")
    await gateways.aclose()


async def test_a_provider_with_a_key_still_refunds_what_it_once_collected() -> None:
    gateways = open_gateways(
        settings(**{**NO_KEYS, "stripe_api_key": SecretStr("sk_test_old")}), now=wall_now
    )

    assert gateways.of_provider("stripe").name == "stripe"
    assert gateways.for_method(MethodKind.CREDIT_CARD).name == "sandbox"
    with pytest.raises(Misconfigured):
        gateways.of_provider("abacatepay")
    await gateways.aclose()


@pytest.mark.parametrize("gateway", [ProviderName.STRIPE, ProviderName.ABACATEPAY])
def test_a_provider_that_collects_needs_its_key(gateway: ProviderName) -> None:
    with pytest.raises(Misconfigured):
        open_gateways(settings(**NO_KEYS, pix_gateway=gateway), now=wall_now)


async def test_notices_are_dated_by_the_wall_clock(door: FakeDoor, door_server: Served) -> None:
    gateways = open_gateways(settings(**NO_KEYS, base_url=door_server.url), now=wall_now)
    token = PaymentMethod(kind=MethodKind.CREDIT_CARD, token="tok_visa")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)

    await gateways.of_provider("sandbox").charge(a_charge(token, at=long_ago), PAYER)

    assert own_notice(door.hooks[0]).occurred_at == long_ago
    await gateways.aclose()


def test_who_does_not_use_stripe_does_not_pay_for_its_sdk() -> None:
    program = "import sys, ciclo.gateways.registry; sys.exit('stripe' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
