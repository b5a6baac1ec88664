"""The sandbox: its magic amounts, its codes, and the exact notices that it posts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from pydantic import SecretStr

from ciclo.domain.errors.general import InvalidValue, SandboxOnly
from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, PaymentSucceeded, RefundFailed
from ciclo.domain.payment import MethodKind, PaymentMethod, PaymentStatus
from ciclo.gateways.codes.boleto import parse_boleto
from ciclo.gateways.codes.pix import BrCode, PixKey, parse_pix
from ciclo.gateways.protocol import Charge, Misconfigured, Unavailable, WebhookRejected
from ciclo.gateways.sandbox.codes import NOBODYS_KEY
from ciclo.gateways.sandbox.gateway import KEYS_REMEMBERED_MAX, SandboxGateway
from tests.gateways.facts import (
    AT,
    BOLETO,
    PAYER,
    PIX,
    SUBSCRIPTION,
    a_charge,
    a_payment,
    a_refund,
    payment_id,
    settings,
    wall_now,
)
from tests.gateways.fake_door import own_notice
from tests.gateways.serving import Fault
from tests.gateways.worlds import SandboxWorld

VISA = PaymentMethod(kind=MethodKind.CREDIT_CARD, token="tok_visa", brand="visa", last_four="4242")


async def test_a_payment_is_reported_in_exactly_these_bytes(sandbox: SandboxWorld) -> None:
    answer = await sandbox.gateway.charge(a_charge(VISA), PAYER)

    (hook,) = sandbox.door.hooks
    assert isinstance(answer, PaymentAuthorized)
    assert hook.path == "/api/webhooks/payment"
    assert hook.headers["content-type"] == "application/json"
    assert (
        hook.body
        == (
            f'{{"subscription_id":"{SUBSCRIPTION}","event":"payment_success","amount":29.90,'
            f'"date":"2026-11-22T15:00:00.000Z","payment_id":"{payment_id("one")}","currency":"BRL",'
            f'"provider":"sandbox","provider_reference":"{answer.provider_reference}"}}'
        ).encode()
    )


async def test_a_hard_decline_is_reported_with_its_attempt_and_its_reason(sandbox: SandboxWorld) -> None:
    await sandbox.gateway.charge(a_charge(replace(VISA, token="tok_lost_card"), attempt=3), PAYER)

    body = orjson.loads(sandbox.door.hooks[0].body)
    assert body == {
        "subscription_id": SUBSCRIPTION,
        "event": "payment_failed",
        "amount": 29.9,
        "date": "2026-11-22T15:00:00.000Z",
        "payment_id": payment_id("one"),
        "currency": "BRL",
        "attempt": 3,
        "failure_code": "lost_card",
        "hard": True,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(1, "BRL", b":0.01,"), (10, "BRL", b":0.10,"), (29_90, "JPY", b":2990,"), (29_90, "KWD", b":2.990,")],
)
async def test_amounts_are_numbers_of_major_units(
    sandbox: SandboxWorld, amount: int, currency: str, written: bytes
) -> None:
    await sandbox.gateway.charge(a_charge(VISA, amount=amount, currency=currency), PAYER)

    assert b'"amount"' + written in sandbox.door.hooks[0].body


async def test_repeats_bear_one_id_and_attempts_one_each(sandbox: SandboxWorld) -> None:
    for attempt in (1, 1, 2):
        await sandbox.gateway.charge(a_charge(VISA, attempt=attempt), PAYER)

    ids = [hook.headers["webhook-id"] for hook in sandbox.door.hooks]
    assert ids[0] == ids[1] != ids[2]


async def test_a_refund_is_reported_with_its_own_id(sandbox: SandboxWorld) -> None:
    charge, reference = await _charged(sandbox, VISA)
    order = a_refund(charge, provider="sandbox", reference=reference, amount=10_00)

    await sandbox.gateway.refund(order, requested_at=AT)

    body = orjson.loads(sandbox.door.hooks[-1].body)
    assert (body["event"], body["amount"], body["refund_id"]) == ("payment_refunded", 10.0, order.refund_id)


async def test_a_declined_charge_has_nothing_to_give_back(sandbox: SandboxWorld) -> None:
    charge, reference = await _charged(sandbox, replace(VISA, token="tok_charge_declined"))
    order = a_refund(charge, provider="sandbox", reference=reference)

    assert await sandbox.gateway.refund(order, requested_at=AT) == RefundFailed(
        payment_id=order.payment_id, refund_id=order.refund_id, failure_code="payment_not_refundable"
    )


async def test_a_known_id_with_another_date_counts_as_delivered(sandbox: SandboxWorld) -> None:
    charge, reference = await _charged(sandbox, PIX)
    waiting = a_payment(charge, provider="sandbox", reference=reference)

    await sandbox.sandbox.pay_code(waiting, at=AT)
    await sandbox.sandbox.pay_code(waiting, at=AT + timedelta(seconds=1))

    assert len(sandbox.door.hooks) == 1


async def test_an_amount_that_ends_in_9951_is_declined(sandbox: SandboxWorld) -> None:
    await sandbox.gateway.charge(a_charge(VISA, amount=299_51), PAYER)
    await sandbox.gateway.charge(a_charge(VISA, amount=199_51, name="two"), PAYER)

    first, second = (own_notice(hook).payload for hook in sandbox.door.hooks)
    assert isinstance(first, PaymentFailed)
    assert first.failure_code == "generic_decline"
    assert isinstance(second, PaymentFailed)


async def test_an_amount_that_ends_in_9991_gets_no_answer_at_first_and_nothing_is_charged(
    sandbox: SandboxWorld,
) -> None:
    charge = a_charge(VISA, amount=99_91)

    with pytest.raises(Unavailable):
        await sandbox.gateway.charge(charge, PAYER)
    assert sandbox.door.hooks == []

    await sandbox.gateway.charge(charge, PAYER)
    assert isinstance(own_notice(sandbox.door.hooks[0]).payload, PaymentSucceeded)


async def test_an_amount_that_ends_in_9993_is_charged_though_its_first_answer_is_lost(
    sandbox: SandboxWorld,
) -> None:
    charge = a_charge(VISA, amount=99_93)

    with pytest.raises(Unavailable):
        await sandbox.gateway.charge(charge, PAYER)
    assert len(sandbox.door.hooks) == 1

    assert isinstance(await sandbox.gateway.charge(charge, PAYER), PaymentAuthorized)
    assert len(sandbox.door.distinct()) == 1


async def test_the_sandbox_remembers_a_bounded_number_of_first_calls(sandbox: SandboxWorld) -> None:
    gateway = sandbox.sandbox

    assert all(gateway.is_first_call(str(number)) for number in range(KEYS_REMEMBERED_MAX + 1))
    assert not gateway.is_first_call(str(KEYS_REMEMBERED_MAX))
    assert gateway.is_first_call("0")


async def test_a_pix_is_a_right_code_for_the_amount_payable_to_nobody(sandbox: SandboxWorld) -> None:
    answer = await sandbox.gateway.charge(a_charge(PIX), PAYER)

    assert isinstance(answer, PaymentAuthorized)
    assert answer.pix is not None
    code = parse_pix(answer.pix.copy_paste)
    assert code == BrCode(
        account=PixKey(key=NOBODYS_KEY),
        merchant_name="Ciclo Demo Ltda.",
        merchant_city="Sao Paulo",
        amount=29_90,
        txid=code.txid,
    )
    assert answer.expires_at == AT + timedelta(days=1)


async def test_a_boleto_is_right_to_its_last_digit_and_of_no_bank(sandbox: SandboxWorld) -> None:
    answer = await sandbox.gateway.charge(a_charge(BOLETO), PAYER)

    assert isinstance(answer, PaymentAuthorized)
    boleto = answer.boleto
    assert boleto is not None
    ticket = parse_boleto(boleto.digitable_line, near=date(2026, 11, 22))
    assert parse_boleto(boleto.barcode or "", near=date(2026, 11, 22)) == ticket
    assert (ticket.bank, ticket.amount, ticket.due_on) == ("999", 29_90, date(2026, 11, 25))
    assert boleto.due_on == ticket.due_on
    assert boleto.pix_copy_paste is not None
    assert parse_pix(boleto.pix_copy_paste).amount == 29_90


async def test_a_boletos_days_are_the_sellers(sandbox: SandboxWorld) -> None:
    # 02:30 on the 23rd in Greenwich is 23:30 on the 22nd in São Paulo.
    late = a_charge(BOLETO, at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC))

    answer = await sandbox.gateway.charge(late, PAYER)

    assert isinstance(answer, PaymentAuthorized)
    assert answer.boleto is not None
    assert answer.boleto.due_on == date(2026, 11, 25)
    assert answer.expires_at == datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("method", [PIX, BOLETO])
async def test_an_amount_that_fits_no_code_fails_for_good(
    sandbox: SandboxWorld, method: PaymentMethod
) -> None:
    answer = await sandbox.gateway.charge(a_charge(method, amount=10**12), PAYER)

    assert answer == PaymentFailed(
        amount=10**12,
        currency="BRL",
        payment_id=payment_id("one"),
        attempt=1,
        failure_code="amount_too_large",
        hard=True,
    )


async def test_a_seller_whom_no_pix_code_can_name_is_our_own_fault() -> None:
    nameless = SandboxGateway(settings(seller_name="株式会社"), now=wall_now)

    with pytest.raises(Misconfigured, match="CICLO_SELLER_NAME"):
        await nameless.charge(a_charge(PIX), PAYER)
    await nameless.aclose()


async def test_only_a_code_that_waits_can_be_settled(sandbox: SandboxWorld) -> None:
    charge, reference = await _charged(sandbox, PIX)
    waiting = a_payment(charge, provider="sandbox", reference=reference, expires_at=AT + timedelta(hours=1))
    by_card, card_reference = await _charged(sandbox, VISA)
    posted = len(sandbox.door.hooks)

    with pytest.raises(SandboxOnly):
        await sandbox.sandbox.pay_code(replace(waiting, provider="abacatepay"), at=AT)
    for payment, at in [
        (waiting, AT + timedelta(hours=1)),
        (replace(waiting, status=PaymentStatus.COMPLETED), AT),
        (replace(waiting, provider_reference="chsbx_forged.AAAA"), AT),
        (replace(waiting, provider_reference=None), AT),
        (a_payment(by_card, provider="sandbox", reference=card_reference), AT),
    ]:
        with pytest.raises(InvalidValue):
            await sandbox.sandbox.pay_code(payment, at=at)
    assert len(sandbox.door.hooks) == posted

    await sandbox.sandbox.pay_code(waiting, at=AT)
    assert own_notice(sandbox.door.hooks[-1]).payload == PaymentSucceeded(
        amount=29_90, currency="BRL", payment_id=payment_id("one")
    )


async def test_how_a_card_charge_ended_can_be_asked_again(sandbox: SandboxWorld) -> None:
    paid, paid_reference = await _charged(sandbox, VISA)
    failed, failed_reference = await _charged(sandbox, replace(VISA, token="tok_lost_card"))

    assert await sandbox.gateway.fetch(
        a_payment(paid, provider="sandbox", reference=paid_reference)
    ) == PaymentSucceeded(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        provider="sandbox",
        provider_reference=paid_reference,
    )
    assert await sandbox.gateway.fetch(
        a_payment(failed, provider="sandbox", reference=failed_reference)
    ) == PaymentFailed(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        attempt=1,
        failure_code="lost_card",
        hard=True,
    )


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 415, 422])
async def test_a_notice_that_is_refused_is_our_own_fault(sandbox: SandboxWorld, status: int) -> None:
    sandbox.server.faults.append(Fault(status=status))

    with pytest.raises(Misconfigured):
        await sandbox.gateway.charge(a_charge(VISA), PAYER)


async def test_the_sandbox_needs_a_secret_to_sign_with() -> None:
    for secrets in ((), (SecretStr("whsec_"),), (SecretStr("whsec_a"),)):
        with pytest.raises(Misconfigured):
            SandboxGateway(settings(webhook_secrets=secrets), now=wall_now)


async def test_the_sandbox_has_no_webhooks_of_its_own(sandbox: SandboxWorld) -> None:
    with pytest.raises(WebhookRejected):
        sandbox.gateway.verify(headers={}, query={}, body=b"{}", now=AT)


async def _charged(world: SandboxWorld, method: PaymentMethod) -> tuple[Charge, str]:
    charge = a_charge(method)
    answer = await world.gateway.charge(charge, PAYER)
    assert isinstance(answer, PaymentAuthorized)
    return charge, answer.provider_reference
