"""What the tests of the contract share: who collects what, and facts as far as all providers tell them."""

from dataclasses import replace

import pytest

from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, PaymentSucceeded
from ciclo.domain.payment import MethodKind
from ciclo.gateways.protocol import Charge, ChargeAnswer
from tests.gateways.facts import a_charge, payment_id
from tests.gateways.worlds import World

CARD, PIX, BOLETO = MethodKind.CREDIT_CARD, MethodKind.PIX, MethodKind.BOLETO
COLLECTED = [
    ("sandbox", CARD),
    ("sandbox", PIX),
    ("sandbox", BOLETO),
    ("stripe", CARD),
    ("stripe", PIX),
    ("stripe", BOLETO),
    ("abacatepay", PIX),
    ("abacatepay", BOLETO),
]
WORLDS = ["sandbox", "stripe", "abacatepay"]

each_world = pytest.mark.parametrize("world", WORLDS, indirect=True)
each_method = pytest.mark.parametrize(("world", "kind"), COLLECTED, indirect=["world"])
each_card = pytest.mark.parametrize("world", ["sandbox", "stripe"], indirect=True)
each_code = pytest.mark.parametrize(
    ("world", "kind"), [(name, kind) for name, kind in COLLECTED if kind is not CARD], indirect=["world"]
)

PAID = PaymentSucceeded(amount=29_90, currency="BRL", payment_id=payment_id("one"))


async def paid(world: World, kind: MethodKind) -> tuple[Charge, str]:
    """Collect a payment by *kind*; return the charge and the provider's reference of it."""
    charge = a_charge(await world.method(kind))
    answer = await world.gateway.charge(charge, await world.payer())
    if kind is not CARD and isinstance(answer, PaymentAuthorized):
        await world.settle(charge, answer)
    return charge, reference_of(answer)


def reference_of(answer: ChargeAnswer) -> str:
    assert not isinstance(answer, PaymentFailed)
    assert answer.provider_reference is not None
    return answer.provider_reference


def known(fact: object) -> object:
    """Return a fact as far as all providers tell it: not all repeat their reference."""
    if isinstance(fact, PaymentSucceeded):
        return replace(fact, provider=None, provider_reference=None)
    if isinstance(fact, PaymentFailed):
        return replace(fact, provider_reference=None)
    return fact
