"""AbacatePay: what it is asked, and what its answers mean."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from ciclo.domain.events.facts import (
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.payment import Boleto, MethodKind, Payment, PaymentMethod, PixCode, Refund, RefundStatus
from ciclo.gateways.abacatepay.gateway import AbacatePayGateway
from ciclo.gateways.codes.boleto import Ticket, encode_barcode, encode_line
from ciclo.gateways.protocol import (
    Charge,
    Misconfigured,
    Unavailable,
)
from tests.gateways.facts import (
    AT,
    BOLETO,
    CARD,
    PAYER,
    PIX,
    SUBSCRIPTION,
    a_charge,
    a_payment,
    a_refund,
    payment_id,
    settings,
)
from tests.gateways.fake_abacatepay import LINE, PIX_CODE
from tests.gateways.serving import Fault
from tests.gateways.worlds import AbacatePayWorld

CUSTOMER = {"name": "Ana Souza", "taxId": "390.533.447-05", "email": "ana@example.com"}
COMMON = {
    "amount": 29_90,
    "description": "Plano Básico, novembro de 2026",
    "externalId": f"pay:{payment_id('one')}:1",
    "metadata": {"payment_id": payment_id("one"), "subscription_id": SUBSCRIPTION, "attempt": "1"},
}


async def test_a_pix_is_asked_for_in_one_request(abacatepay: AbacatePayWorld) -> None:
    await abacatepay.gateway.charge(a_charge(PIX), PAYER)

    data = {**COMMON, "customer": CUSTOMER, "expiresIn": 86_400}
    assert abacatepay.fake.requests == [("/v2/transparents/create", {"method": "PIX", "data": data})]


async def test_a_boleto_is_due_some_local_days_after_it_was_asked_for(abacatepay: AbacatePayWorld) -> None:
    # 02:30 on the 23rd in Greenwich is 23:30 on the 22nd in São Paulo.
    late = a_charge(BOLETO, at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC))

    answer = await abacatepay.gateway.charge(late, PAYER)

    data = {**COMMON, "customer": CUSTOMER, "dueDate": "2026-11-25"}
    assert abacatepay.fake.requests == [("/v2/transparents/create", {"method": "BOLETO", "data": data})]
    assert isinstance(answer, PaymentAuthorized)
    assert answer.expires_at == datetime(2026, 11, 26, 2, 59, 59, 999_000, tzinfo=UTC)
    assert answer.boleto == Boleto(
        digitable_line=LINE,
        barcode=None,
        due_on=date(2026, 11, 25),
        url=f"https://app.abacatepay.com/pay/{answer.provider_reference}/boleto",
        pix_copy_paste=PIX_CODE,
    )


async def test_a_boletos_pix_may_stand_in_a_place_of_its_own(abacatepay: AbacatePayWorld) -> None:
    body = {"data": {"id": "bole_1", "status": "PENDING", "barCode": LINE, "pix": {"brCode": PIX_CODE}}}
    abacatepay.server.faults.append(Fault(status=201, body=json.dumps(body).encode()))

    answer = await abacatepay.gateway.charge(a_charge(BOLETO), PAYER)

    assert isinstance(answer, PaymentAuthorized)
    assert answer.boleto is not None
    assert answer.boleto.pix_copy_paste == PIX_CODE


async def test_a_line_that_checks_brings_its_bar_code(abacatepay: AbacatePayWorld) -> None:
    code = encode_barcode(Ticket(bank="999", amount=29_90, due_on=date(2026, 11, 25), free="1" * 25))
    body = {"data": {"id": "bole_1", "status": "PENDING", "barCode": encode_line(code)}}
    abacatepay.server.faults.append(Fault(status=200, body=json.dumps(body).encode()))

    answer = await abacatepay.gateway.charge(a_charge(BOLETO), PAYER)

    assert isinstance(answer, PaymentAuthorized)
    assert answer.boleto is not None
    assert answer.boleto.barcode == code


@pytest.mark.parametrize("method", [PIX, BOLETO])
async def test_an_answer_without_a_code_is_no_answer(
    abacatepay: AbacatePayWorld, method: PaymentMethod
) -> None:
    abacatepay.server.faults.append(Fault(status=200, body=b'{"data": {"id": "x", "status": "PENDING"}}'))

    with pytest.raises(Unavailable):
        await abacatepay.gateway.charge(a_charge(method), PAYER)


async def test_a_pix_needs_to_know_nothing_of_its_payer_and_a_boleto_does(
    abacatepay: AbacatePayWorld,
) -> None:
    nobody = replace(PAYER, tax_id=None)

    answer = await abacatepay.gateway.charge(a_charge(PIX), nobody)

    assert isinstance(answer, PaymentAuthorized)
    assert answer.pix == PixCode(copy_paste=PIX_CODE)
    assert "customer" not in abacatepay.fake.requests[0][1]["data"]
    with pytest.raises(Misconfigured):
        await abacatepay.gateway.charge(a_charge(BOLETO), nobody)
    assert len(abacatepay.fake.requests) == 1


async def test_a_description_is_cut_to_what_the_api_takes(abacatepay: AbacatePayWorld) -> None:
    await abacatepay.gateway.charge(replace(a_charge(PIX), description="á" * 100), PAYER)

    assert abacatepay.fake.requests[0][1]["data"]["description"] == "á" * 37


async def test_cards_are_left_to_others(abacatepay: AbacatePayWorld) -> None:
    with pytest.raises(Misconfigured):
        await abacatepay.gateway.tokenize(CARD, PAYER)
    with pytest.raises(Misconfigured):
        await abacatepay.gateway.attach("tok_visa", PAYER)
    assert not abacatepay.gateway.supports(MethodKind.CREDIT_CARD, "BRL")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            "PAID",
            PaymentSucceeded(
                amount=29_90,
                currency="BRL",
                payment_id=payment_id("one"),
                provider="abacatepay",
                provider_reference="pix_char_1",
            ),
        ),
        (
            "EXPIRED",
            PaymentFailed(
                amount=29_90,
                currency="BRL",
                payment_id=payment_id("one"),
                attempt=1,
                failure_code="expired",
            ),
        ),
    ],
)
async def test_a_repeat_may_find_what_became_of_the_first(
    abacatepay: AbacatePayWorld, status: str, expected: object
) -> None:
    body = {"data": {"id": "pix_char_1", "status": status, "amount": 29_90, "brCode": PIX_CODE}}
    abacatepay.server.faults.append(Fault(status=200, body=json.dumps(body).encode()))

    assert await abacatepay.gateway.charge(a_charge(PIX), PAYER) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"data": None, "success": False, "error": "INVALID_AMOUNT"}),
        (200, {"data": None, "error": "INVALID_AMOUNT"}),
        (200, {"data": {}, "success": False, "error": None}),
        (400, {"data": None, "success": False, "error": {"code": "INVALID_AMOUNT", "message": "no"}}),
        (404, {"error": "Not found"}),
        (400, {"data": {}}),
        (422, {"error": {"message": "CPF 390.533.447-05 é inválido"}}),
    ],
)
async def test_an_error_in_the_envelope_is_an_error_whatever_the_status(
    abacatepay: AbacatePayWorld, status: int, body: dict[str, Any]
) -> None:
    abacatepay.server.faults.append(Fault(status=status, body=json.dumps(body).encode()))

    with pytest.raises(Misconfigured) as refusal:
        await abacatepay.gateway.charge(a_charge(PIX), PAYER)

    assert "390" not in str(refusal.value)


async def test_a_page_instead_of_an_envelope_is_told_by_its_status(abacatepay: AbacatePayWorld) -> None:
    abacatepay.server.faults.append(Fault(status=404, body=b"<html>"))

    with pytest.raises(Misconfigured, match="404"):
        await abacatepay.gateway.charge(a_charge(PIX), PAYER)


async def test_a_lock_is_no_answer(abacatepay: AbacatePayWorld) -> None:
    charge, reference = await _paid(abacatepay)
    abacatepay.fake.locked = True

    with pytest.raises(Unavailable):
        await abacatepay.gateway.charge(a_charge(PIX, name="two"), PAYER)
    with pytest.raises(Unavailable):
        await abacatepay.gateway.refund(
            a_refund(charge, provider="abacatepay", reference=reference), requested_at=AT
        )


async def test_a_refund_says_why(abacatepay: AbacatePayWorld) -> None:
    charge, reference = await _paid(abacatepay)

    order = replace(a_refund(charge, provider="abacatepay", reference=reference), reason="r" * 600)
    await abacatepay.gateway.refund(order, requested_at=AT)
    assert abacatepay.fake.requests[-1] == ("/v2/transparents/refund", {"id": reference, "reason": "r" * 500})

    await abacatepay.gateway.refund(replace(order, reason=None), requested_at=AT)
    assert abacatepay.fake.requests[-1] == ("/v2/transparents/refund", {"id": reference})


@pytest.mark.parametrize(
    "answer",
    [
        {"refundPublicId": "tran_1"},
        {"id": "ref_1", "status": "PENDING", "amount": 2990},
        {"id": "tran_1", "status": "COMPLETE", "amount": 2990, "originalId": "pix_char_1"},
        {},
    ],
)
async def test_a_refund_waits_for_its_webhook_whatever_is_answered(
    abacatepay: AbacatePayWorld, answer: dict[str, Any]
) -> None:
    charge, reference = await _paid(abacatepay)
    body = json.dumps({"data": answer, "success": True, "error": None}).encode()
    abacatepay.server.faults.append(Fault(status=200, body=body))

    order = a_refund(charge, provider="abacatepay", reference=reference)
    assert await abacatepay.gateway.refund(order, requested_at=AT) is None


@pytest.mark.parametrize(
    "code",
    ["TRANSACTION_NOT_REFUNDABLE", "TRANSACTION_UNDER_DISPUTE", "INSUFFICIENT_FUNDS", "INVALID_METHOD"],
)
async def test_a_refund_that_is_refused_has_failed(abacatepay: AbacatePayWorld, code: str) -> None:
    charge, reference = await _paid(abacatepay)
    body = json.dumps({"data": None, "success": False, "error": code}).encode()
    abacatepay.server.faults.append(Fault(status=400, body=body))
    order = a_refund(charge, provider="abacatepay", reference=reference)

    assert await abacatepay.gateway.refund(order, requested_at=AT) == RefundFailed(
        payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code.lower()
    )


async def test_a_payment_in_development_mode_can_be_simulated(abacatepay: AbacatePayWorld) -> None:
    charge = a_charge(PIX)
    answer = await abacatepay.gateway.charge(charge, PAYER)
    assert isinstance(answer, PaymentAuthorized)
    waiting = a_payment(charge, provider="abacatepay", reference=answer.provider_reference)

    await abacatepay.abacatepay.simulate(waiting)

    assert isinstance(await abacatepay.gateway.fetch(waiting), PaymentSucceeded)
    with pytest.raises(Misconfigured):
        await abacatepay.abacatepay.simulate(replace(waiting, provider_reference="pix_char_unknown"))


PENDING_REFUND = a_refund(a_charge(PIX), provider="abacatepay", reference="pix_char_1")
WAITING = a_payment(a_charge(PIX), provider="abacatepay", reference="pix_char_1")
RETURNING = replace(
    WAITING,
    completed_at=AT,
    refunds=(Refund(id=PENDING_REFUND.refund_id, amount=29_90, status=RefundStatus.PENDING, created_at=AT),),
)
SUCCESS = PaymentSucceeded(
    amount=29_90,
    currency="BRL",
    payment_id=payment_id("one"),
    provider="abacatepay",
    provider_reference="pix_char_1",
)


def _failure(code: str) -> PaymentFailed:
    return PaymentFailed(
        amount=29_90, currency="BRL", payment_id=payment_id("one"), attempt=1, failure_code=code
    )


@pytest.mark.parametrize(
    ("payment", "status", "news"),
    [
        (WAITING, "PENDING", None),
        (WAITING, "PAID", SUCCESS),
        (WAITING, "APPROVED", SUCCESS),
        (WAITING, "COMPLETE", SUCCESS),
        (WAITING, "REDEEMED", SUCCESS),
        (WAITING, "EXPIRED", _failure("expired")),
        (WAITING, "CANCELLED", _failure("cancelled")),
        (WAITING, "FAILED", _failure("failed")),
        (
            WAITING,
            "UNDER_DISPUTE",
            PaymentDisputed(payment_id=payment_id("one"), amount=29_90, currency="BRL"),
        ),
        (
            RETURNING,
            "REFUNDED",
            PaymentRefunded(
                amount=29_90,
                currency="BRL",
                payment_id=payment_id("one"),
                refund_id=PENDING_REFUND.refund_id,
            ),
        ),
        (RETURNING, "PAID", None),
        (replace(WAITING, disputed=True), "UNDER_DISPUTE", None),
        (
            replace(RETURNING, refunds=(replace(RETURNING.refunds[0], status=RefundStatus.SUCCEEDED),)),
            "REFUNDED",
            None,
        ),
    ],
)
async def test_a_status_is_news_only_if_it_was_not_known(
    abacatepay: AbacatePayWorld, payment: Payment, status: str, news: object
) -> None:
    _answer_status(abacatepay, status)

    assert await abacatepay.gateway.fetch(payment) == news


async def test_a_status_that_is_new_changes_nothing_and_is_told(abacatepay: AbacatePayWorld) -> None:
    _answer_status(abacatepay, "PONDERING")

    with capture_logs() as logs:
        assert await abacatepay.gateway.fetch(WAITING) is None

    assert logs == [
        {
            "event": "unknown_payment_status",
            "log_level": "warning",
            "provider": "abacatepay",
            "status": "PONDERING",
        }
    ]


async def test_an_unknown_reference_is_our_own_fault(abacatepay: AbacatePayWorld) -> None:
    with pytest.raises(Misconfigured):
        await abacatepay.gateway.fetch(WAITING)


def test_abacatepay_needs_a_key() -> None:
    with pytest.raises(Misconfigured):
        AbacatePayGateway(settings(abacatepay_api_key=None))


async def _paid(world: AbacatePayWorld) -> tuple[Charge, str]:
    charge = a_charge(PIX)
    answer = await world.gateway.charge(charge, PAYER)
    assert isinstance(answer, PaymentAuthorized)
    world.fake.pay(answer.provider_reference)
    return charge, answer.provider_reference


def _answer_status(world: AbacatePayWorld, status: str) -> None:
    body = json.dumps({"data": {"status": status, "expiresAt": None}, "success": True, "error": None})
    world.server.faults.append(Fault(status=200, body=body.encode()))
