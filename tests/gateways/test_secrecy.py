"""No card number and no security code in whatever can be seen: errors, their causes, tracebacks, logs."""

import json
import logging
import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import stripe._util as stripe_log

from ciclo.domain.errors.payments import CardInvalid
from ciclo.gateways.card import validate_card
from ciclo.gateways.protocol import CardDetails, GatewayError
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.facts import ABACATE_KEY, CARD, PAYER, PIX, STRIPE_KEY, WEBHOOK_SECRET, a_charge, settings
from tests.gateways.serving import Fault
from tests.gateways.worlds import AbacatePayWorld, StripeWorld, World

NUMBER, CODE = "4242424242424242", "737"
ECHO = f"card {NUMBER} with code {CODE} is no good"
ANSWERS = {
    "400": Fault(
        status=400, body=json.dumps({"error": {"type": "invalid_request_error", "message": ECHO}}).encode()
    ),
    "400 about the number": Fault(
        status=400,
        body=json.dumps(
            {
                "error": {
                    "type": "invalid_request_error",
                    "code": NUMBER,
                    "param": f"card[{NUMBER}]",
                    "message": ECHO,
                }
            }
        ).encode(),
    ),
    "401": Fault(status=401, body=json.dumps({"error": {"message": ECHO}}).encode()),
    "402": Fault(
        status=402,
        body=json.dumps(
            {"error": {"type": "card_error", "code": NUMBER, "decline_code": NUMBER, "message": ECHO}}
        ).encode(),
    ),
    "404": Fault(status=404, body=ECHO.encode()),
    "409": Fault(
        status=409, body=json.dumps({"error": {"type": "idempotency_error", "message": ECHO}}).encode()
    ),
    "429": Fault(status=429, body=json.dumps({"error": {"message": ECHO}}).encode()),
    "500": Fault(status=500, body=ECHO.encode()),
    "no JSON": Fault(status=200, body=ECHO.encode()),
    "not UTF-8": Fault(status=200, body=ECHO.encode() + b"\xff"),
    "a list": Fault(status=200, body=json.dumps([ECHO]).encode()),
    "another object": Fault(status=200, body=json.dumps({"id": [ECHO], "type": ECHO}).encode()),
    "a card with too much": Fault(
        status=200,
        body=json.dumps({"id": "pm_1", "type": "card", "card": {"brand": NUMBER, "last4": NUMBER}}).encode(),
    ),
    "cut off": Fault(status=200, cut=True, body=ECHO.encode()),
    "no answer": Fault(hangs=True),
}


@pytest.fixture
def printed(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], str]:
    """Make everything log all that it can, as somebody does who looks for a fault; return what came of it."""
    monkeypatch.setattr(stripe_log, "STRIPE_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_whatever_stripe_answers_to_a_card_its_digits_are_not_seen(
    printed: Callable[[], str], stripe: StripeWorld, answer: Fault
) -> None:
    payer = await stripe.payer()
    stripe.server.faults.append(answer)

    with pytest.raises(GatewayError) as refusal:
        await (stripe.impatient() if answer.hangs else stripe.gateway).tokenize(CARD, payer)

    assert _digits_in(_seen(refusal.value) + printed()) == []


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_whatever_stripe_answers_when_a_card_is_kept_its_digits_are_not_seen(
    printed: Callable[[], str], stripe: StripeWorld, answer: Fault
) -> None:
    payer = await stripe.payer()
    made = Fault(status=200, body=b'{"id": "pm_1", "type": "card"}')
    stripe.server.faults.extend([made, answer])

    with pytest.raises(GatewayError) as refusal:
        await (stripe.impatient() if answer.hangs else stripe.gateway).tokenize(CARD, payer)

    assert _digits_in(_seen(refusal.value) + printed()) == []


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000009987", "4000000000000127"])
@pytest.mark.parametrize("world", ["sandbox", "stripe"], indirect=True)
async def test_a_card_that_is_refused_is_not_seen(
    printed: Callable[[], str], world: World, number: str
) -> None:
    with pytest.raises(GatewayError) as refusal:
        await world.gateway.tokenize(replace(CARD, number=number), await world.payer())

    assert number not in _seen(refusal.value) + printed()


@pytest.mark.parametrize("world", ["sandbox", "stripe"], indirect=True)
async def test_a_card_that_is_kept_leaves_its_last_four_digits(
    printed: Callable[[], str], world: World
) -> None:
    kept = await world.gateway.tokenize(CARD, await world.payer())
    await world.gateway.charge(a_charge(kept), await world.payer())
    await world.deliver()

    told = "".join(hook.body.decode() for hook in world.door.hooks)
    assert _digits_in(repr(kept) + told + printed()) == []


async def test_a_provider_without_cards_shows_none(abacatepay: AbacatePayWorld) -> None:
    with pytest.raises(GatewayError) as refusal:
        await abacatepay.gateway.tokenize(CARD, PAYER)

    assert _digits_in(_seen(refusal.value)) == []


@pytest.mark.parametrize(
    "card",
    [
        replace(CARD, number=NUMBER[:-1] + "1"),
        replace(CARD, holder_name=NUMBER),
        replace(CARD, expiration_month=13),
        replace(CARD, expiration_year=2020),
        replace(CARD, cvv="73"),
        replace(CARD, cvv=NUMBER),
    ],
)
def test_a_card_that_can_not_be_right_is_not_seen(card: CardDetails) -> None:
    with pytest.raises(CardInvalid) as refusal:
        validate_card(card, on=date(2026, 11, 22))

    assert _digits_in(_seen(refusal.value)) == []


@pytest.mark.parametrize("fault", [Fault(status=401), Fault(hangs=True)], ids=["refused", "no answer"])
@pytest.mark.parametrize(
    ("world", "secret"),
    [
        ("sandbox", WEBHOOK_SECRET.removeprefix("whsec_")),
        ("stripe", STRIPE_KEY),
        ("abacatepay", ABACATE_KEY),
    ],
    indirect=["world"],
)
async def test_keys_and_secrets_are_not_seen(
    printed: Callable[[], str], world: World, secret: str, fault: Fault
) -> None:
    charge = a_charge(PIX if world.gateway.name == "abacatepay" else await world.card())
    payer = await world.payer()
    world.server.faults.append(fault)

    with pytest.raises(GatewayError) as refusal:
        await (world.impatient() if fault.hangs else world.gateway).charge(charge, payer)

    assert secret not in _seen(refusal.value) + printed()


def test_the_sdk_stays_silent_whatever_the_environment_says(printed: Callable[[], str]) -> None:
    StripeGateway(settings())

    stripe_log.log_debug("Post details", post_data=NUMBER)  # type: ignore[no-untyped-call] # the SDK's own

    assert stripe_log.STRIPE_LOG is None
    assert printed() == ""


def _seen(error: BaseException) -> str:
    """Return all that anybody could print of *error*: its chain, its arguments, its frames' variables."""
    frames = traceback.walk_tb(error.__traceback__)
    told = [repr(error), str(error), repr(error.args), repr(vars(error))]
    told += [
        f"{name} = {value!r}"
        for frame, _ in frames
        if frame.f_code.co_filename != __file__
        for name, value in frame.f_locals.items()
    ]
    told += [_seen(hidden) for hidden in (error.__cause__, error.__context__) if hidden is not None]
    return "\n".join(told)


def _digits_in(text: str) -> list[str]:
    """Return what of the card stands in *text*; its code only where it is no part of a longer number."""
    return [NUMBER] * (NUMBER in text) + re.findall(rf"(?<![0-9a-f.:]){CODE}(?![0-9a-f.:])", text)
