"""The sandbox's magic cards and tokens: which can be kept, and how their charges end."""

from dataclasses import replace
from datetime import date

import pytest
from pydantic import SecretStr

from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.gateways.protocol import CardDetails, Declined, Misconfigured
from ciclo.gateways.sandbox.cards import SandboxCard
from ciclo.gateways.sandbox.gateway import SandboxGateway
from ciclo.gateways.sandbox.ids import card_behind
from ciclo.gateways.sandbox.signed_ids import seal_facts
from tests.gateways.facts import (
    CARD,
    PAYER,
    PIX,
    a_charge,
    settings,
    wall_now,
)
from tests.gateways.fake_door import own_notice
from tests.gateways.worlds import SandboxWorld

VISA = PaymentMethod(kind=MethodKind.CREDIT_CARD, token="tok_visa", brand="visa", last_four="4242")


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("5555555555554444", "mastercard"),
        ("378282246310005", "amex"),
        ("6362970000457013", "elo"),
        ("4000000000000341", "visa"),
        ("4000002760003184", "visa"),
        ("4000009900000020", "visa"),
    ],
)
async def test_these_cards_can_be_kept(sandbox: SandboxWorld, number: str, brand: str) -> None:
    kept = await sandbox.gateway.tokenize(_card(number), PAYER)

    assert kept == PaymentMethod(
        kind=MethodKind.CREDIT_CARD,
        token=kept.token,
        brand=brand,
        last_four=number[-4:],
        expires_on=date(2030, 12, 31),
    )
    assert number not in repr(kept)


def test_a_token_of_before_the_day_of_expiry_still_stands_for_its_card() -> None:
    older = seal_facts("pmsbx", b'["visa", "4242", null, null, null]', secret="s")

    assert card_behind(older, secret="s") == SandboxCard()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000009987", "lost_card"),
        ("4000000000009979", "stolen_card"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
        ("4000000000000119", "processing_error"),
        ("4916338506082832", "test_mode_live_card"),
        ("5019717010103742", "test_mode_live_card"),
    ],
)
async def test_these_cards_are_refused_when_they_are_to_be_kept(
    sandbox: SandboxWorld, number: str, code: str
) -> None:
    with pytest.raises(Declined) as refusal:
        await sandbox.gateway.tokenize(_card(number), PAYER)

    assert refusal.value.code == code


async def test_a_browsers_form_gets_a_token_for_any_card_and_keeping_it_decides(
    sandbox: SandboxWorld,
) -> None:
    token = sandbox.sandbox.form_token(_card("4000000000000002"))

    with pytest.raises(Declined, match="generic_decline"):
        await sandbox.gateway.attach(token, PAYER)


@pytest.mark.parametrize(
    ("number", "outcomes"),
    [
        ("4242424242424242", [None, None]),
        ("4000000000000341", ["generic_decline"] * 6),
        ("4000002760003184", ["authentication_required"] * 2),
        ("4000009900000012", ["insufficient_funds", None, None]),
        ("4000009900000038", ["insufficient_funds"] * 3 + [None]),
        ("4000009900000095", ["insufficient_funds"] * 9 + [None]),
    ],
)
async def test_a_kept_card_ends_its_charges_as_its_number_says(
    sandbox: SandboxWorld, number: str, outcomes: list[str | None]
) -> None:
    method = await sandbox.gateway.tokenize(_card(number), PAYER)

    assert [await _outcome(sandbox, method, attempt) for attempt in range(1, len(outcomes) + 1)] == outcomes


@pytest.mark.parametrize(
    ("token", "outcomes"),
    [
        ("tok_visa", [None]),
        ("tok_mastercard", [None]),
        ("tok_charge_declined", ["generic_decline"] * 5),
        ("tok_insufficient_funds", ["insufficient_funds"] * 2),
        ("tok_lost_card", ["lost_card"]),
        ("tok_expired_card", ["expired_card"]),
        ("tok_authentication_required", ["authentication_required"]),
        ("tok_fails_1", ["insufficient_funds", None]),
        ("tok_fails_4", ["insufficient_funds"] * 4 + [None]),
    ],
)
async def test_a_token_with_a_plain_name_needs_no_form(
    sandbox: SandboxWorld, token: str, outcomes: list[str | None]
) -> None:
    kept = await sandbox.gateway.attach(token, PAYER)
    plain = replace(VISA, token=token)

    for method in (kept, plain):
        found = [await _outcome(sandbox, method, attempt) for attempt in range(1, len(outcomes) + 1)]
        assert found == outcomes


async def test_a_token_that_can_not_be_kept_does_not_pay_either(sandbox: SandboxWorld) -> None:
    with pytest.raises(Declined, match="generic_decline"):
        await sandbox.gateway.attach("tok_attach_declined", PAYER)

    assert await _outcome(sandbox, replace(VISA, token="tok_attach_declined"), 1) == "generic_decline"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "tok_unknown",
        "tok_fails_0",
        "tok_fails_10",
        "pm_1QK9vW",
        "pmsbx_.",
        "pmsbx_W10.AAAA",
        "x" * 2000,
        "é\ud800",
    ],
)
async def test_a_token_of_somebody_else_is_refused(sandbox: SandboxWorld, token: str) -> None:
    with pytest.raises(Declined, match="invalid_token"):
        await sandbox.gateway.attach(token, PAYER)
    with pytest.raises(Misconfigured):
        await sandbox.gateway.charge(a_charge(replace(VISA, token=token)), PAYER)


async def test_a_token_that_was_meddled_with_is_refused(sandbox: SandboxWorld) -> None:
    declining = sandbox.sandbox.form_token(_card("4000000000000341"))
    paying = sandbox.sandbox.form_token(CARD)
    forged = f"{paying.partition('.')[0]}.{declining.partition('.')[2]}"

    with pytest.raises(Declined, match="invalid_token"):
        await sandbox.gateway.attach(forged, PAYER)


async def test_a_reference_is_no_token(sandbox: SandboxWorld) -> None:
    answer = await sandbox.gateway.charge(a_charge(PIX), PAYER)
    assert isinstance(answer, PaymentAuthorized)

    with pytest.raises(Declined, match="invalid_token"):
        await sandbox.gateway.attach(answer.provider_reference, PAYER)


async def test_api_and_worker_agree_without_a_store(sandbox: SandboxWorld) -> None:
    worker = sandbox.opened(answer_s_max=10)
    token = sandbox.sandbox.form_token(CARD)

    kept = await worker.attach(token, PAYER)
    answers = [await one.charge(a_charge(kept), PAYER) for one in (sandbox.gateway, worker)]

    assert answers[0] == answers[1]
    await worker.aclose()


async def test_a_sandbox_with_another_secret_knows_nothing_of_this_one(sandbox: SandboxWorld) -> None:
    other = SandboxGateway(settings(sandbox_secret=SecretStr("another")), now=wall_now)

    with pytest.raises(Declined, match="invalid_token"):
        await other.attach(sandbox.sandbox.form_token(CARD), PAYER)
    await other.aclose()


def _card(number: str) -> CardDetails:
    return replace(CARD, number=number)


async def _outcome(world: SandboxWorld, method: PaymentMethod, attempt: int) -> str | None:
    """Charge once and return the failure code that is reported, None for a success."""
    await world.gateway.charge(a_charge(method, attempt=attempt, name=method.token or ""), PAYER)
    payload = own_notice(world.door.hooks[-1]).payload
    return payload.failure_code if isinstance(payload, PaymentFailed) else None
