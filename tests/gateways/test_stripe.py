"""Stripe: what it is asked, and what its answers mean."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ciclo.domain.customer import Address
from ciclo.domain.events.facts import (
    PaymentAuthorized,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.payment import Boleto, MethodKind, PaymentMethod, PixCode
from ciclo.gateways.protocol import (
    Declined,
    Misconfigured,
    Unavailable,
)
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.contract import known
from tests.gateways.facts import (
    AT,
    BOLETO,
    CARD,
    CUSTOMER,
    PAYER,
    PIX,
    SUBSCRIPTION,
    a_charge,
    a_payment,
    a_refund,
    payment_id,
    settings,
)
from tests.gateways.serving import Fault
from tests.gateways.worlds import StripeWorld


async def test_a_customer_is_made_once_with_a_key_of_its_own(stripe: StripeWorld) -> None:
    reference = await stripe.gateway.register(PAYER)

    assert stripe.fake.requests == [
        (
            "POST",
            "/v1/customers",
            {"email": "ana@example.com", "metadata": {"customer_id": CUSTOMER}, "name": "Ana Souza"},
            f"cus:{CUSTOMER}",
        )
    ]
    assert reference in stripe.fake.customers


async def test_a_payer_without_a_name_is_a_customer_too(stripe: StripeWorld) -> None:
    await stripe.gateway.register(replace(PAYER, name=None))

    assert "name" not in stripe.fake.requests[0][2]


@pytest.mark.parametrize("status", [400, 402])
async def test_a_customer_that_stripe_does_not_want_is_our_own_fault(
    stripe: StripeWorld, status: int
) -> None:
    body = b'{"error": {"type": "invalid_request_error", "code": "email_invalid", "param": "email"}}'
    stripe.server.faults.append(Fault(status=status, body=body))

    with pytest.raises(Misconfigured, match="email_invalid"):
        await stripe.gateway.register(PAYER)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (402, {"type": "card_error", "code": "insufficient_funds"}, "insufficient_funds"),
        (400, {"type": "invalid_request_error", "code": "charge_disputed"}, "charge_disputed"),
    ],
)
async def test_a_refund_that_stripe_refuses_has_failed(
    stripe: StripeWorld, status: int, error: dict[str, str], code: str
) -> None:
    order = a_refund(a_charge(PIX), provider="stripe", reference="pi_1")
    stripe.server.faults.append(Fault(status=status, body=json.dumps({"error": error}).encode()))

    assert await stripe.gateway.refund(order, requested_at=AT) == RefundFailed(
        payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code
    )


async def test_a_refund_that_was_asked_for_wrongly_is_our_own_fault(stripe: StripeWorld) -> None:
    body = b'{"error": {"type": "invalid_request_error", "code": "parameter_unknown", "param": "x"}}'
    stripe.server.faults.append(Fault(status=400, body=body))

    with pytest.raises(Misconfigured):
        await stripe.gateway.refund(
            a_refund(a_charge(PIX), provider="stripe", reference="pi_1"), requested_at=AT
        )


async def test_a_card_charge_is_one_request_off_session_under_its_attempts_key(stripe: StripeWorld) -> None:
    card, payer = await stripe.card(), await stripe.payer()
    stripe.fake.requests.clear()

    await stripe.gateway.charge(a_charge(card, attempt=3), payer)

    assert stripe.fake.requests == [
        (
            "POST",
            "/v1/payment_intents",
            {
                "allowed_payment_method_types": {"0": "card"},
                "amount": "2990",
                "confirm": "true",
                "currency": "brl",
                "customer": payer.reference,
                "description": "Plano Básico, novembro de 2026",
                "metadata": {
                    "payment_id": payment_id("one"),
                    "subscription_id": SUBSCRIPTION,
                    "attempt": "3",
                },
                "off_session": "true",
                "payment_method": card.token,
            },
            f"pay:{payment_id('one')}:3",
        )
    ]


async def test_a_refund_always_says_its_amount(stripe: StripeWorld) -> None:
    charge = a_charge(await stripe.card())
    answer = await stripe.gateway.charge(charge, await stripe.payer())
    assert isinstance(answer, PaymentSucceeded)
    order = a_refund(charge, provider="stripe", reference=answer.provider_reference or "")

    await stripe.gateway.refund(order, requested_at=AT)

    assert stripe.fake.requests[-1] == (
        "POST",
        "/v1/refunds",
        {
            "amount": "2990",
            "metadata": {"payment_id": order.payment_id, "refund_id": order.refund_id},
            "payment_intent": order.provider_reference,
        },
        f"ref:{order.refund_id}",
    )


async def test_a_raw_card_becomes_a_method_that_its_customer_keeps(stripe: StripeWorld) -> None:
    kept = await stripe.gateway.tokenize(CARD, await stripe.payer())

    assert kept == PaymentMethod(
        kind=MethodKind.CREDIT_CARD,
        token=kept.token,
        brand="visa",
        last_four="4242",
        expires_on=date(2030, 12, 31),
    )
    assert stripe.fake.methods[kept.token or ""].customer in stripe.fake.customers


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000009987", "lost_card"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
        ("4000000000000119", "processing_error"),
    ],
)
async def test_a_card_that_its_issuer_refuses_is_not_kept(
    stripe: StripeWorld, number: str, code: str
) -> None:
    with pytest.raises(Declined) as refusal:
        await stripe.gateway.tokenize(replace(CARD, number=number), await stripe.payer())

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "token", ["", "tok_visa", "pm_", "pm_unknown", "pm_1/../customers", "pm_1?x=1", "pm_ação", "x" * 300]
)
async def test_a_token_that_stripe_does_not_know_is_refused(stripe: StripeWorld, token: str) -> None:
    with pytest.raises(Declined, match="invalid_token"):
        await stripe.gateway.attach(token, await stripe.payer())


async def test_a_method_that_is_no_card_is_refused(stripe: StripeWorld) -> None:
    payer = await stripe.payer()
    body = b'{"id": "pm_1", "object": "payment_method", "type": "boleto", "boleto": {"tax_id": "1"}}'
    stripe.server.faults.append(Fault(status=200, body=body))

    with pytest.raises(Declined, match="invalid_token"):
        await stripe.gateway.attach("pm_1", payer)


async def test_a_payer_must_be_registered_first(stripe: StripeWorld) -> None:
    for payer in (PAYER, replace(PAYER, reference="cus_of_another_account")):
        with pytest.raises(Misconfigured):
            await stripe.gateway.attach(stripe.fake.method().id, payer)
        with pytest.raises(Misconfigured):
            await stripe.gateway.charge(a_charge(PIX), payer)


@pytest.mark.parametrize(("advice", "hard"), [("do_not_try_again", True), ("try_again_later", False)])
async def test_advice_against_a_retry_makes_a_decline_hard(
    stripe: StripeWorld, advice: str, *, hard: bool
) -> None:
    payer = await stripe.payer()
    token = stripe.fake.method(declines="do_not_honor", advice=advice).id
    charge = a_charge(await stripe.gateway.attach(token, payer))

    answer = await stripe.gateway.charge(charge, payer)

    assert {known(fact) for fact in await stripe.reported(answer)} == {
        PaymentFailed(
            amount=29_90,
            currency="BRL",
            payment_id=payment_id("one"),
            attempt=1,
            failure_code="do_not_honor",
            hard=hard,
        )
    }


async def test_a_method_that_is_gone_fails_for_good(stripe: StripeWorld) -> None:
    charge = a_charge(await stripe.card())
    stripe.fake.methods.clear()

    assert await stripe.gateway.charge(charge, await stripe.payer()) == PaymentFailed(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        attempt=1,
        failure_code="payment_method_unavailable",
        hard=True,
    )


async def test_a_charge_that_stripe_works_on_is_authorized_until_its_webhook(stripe: StripeWorld) -> None:
    charge, payer = a_charge(await stripe.card()), await stripe.payer()
    body = json.dumps({"id": "pi_1", "status": "processing", "amount": 2990, "currency": "brl"}).encode()
    stripe.server.faults.append(Fault(status=200, body=body))

    assert await stripe.gateway.charge(charge, payer) == PaymentAuthorized(
        payment_id=payment_id("one"), provider="stripe", provider_reference="pi_1"
    )


async def test_a_status_that_is_no_success_is_a_failure(stripe: StripeWorld) -> None:
    charge, payer = a_charge(await stripe.card()), await stripe.payer()
    body = (
        b'{"id": "pi_1", "object": "payment_intent", "status": "canceled", "amount": 2990, "currency": "brl"}'
    )
    stripe.server.faults.append(Fault(status=200, body=body))

    answer = await stripe.gateway.charge(charge, payer)

    assert isinstance(answer, PaymentFailed)
    assert answer.failure_code == "card_declined"


async def test_a_pix_comes_with_its_code(stripe: StripeWorld) -> None:
    answer = await stripe.gateway.charge(a_charge(PIX), await stripe.payer())

    assert isinstance(answer, PaymentAuthorized)
    assert answer.pix == PixCode(copy_paste="00020126...6304ABCD")
    assert answer.expires_at == datetime.fromtimestamp(1_795_000_000 + 86_400, tz=UTC)


async def test_a_boleto_comes_with_its_line_whether_or_not_it_checks(stripe: StripeWorld) -> None:
    answer = await stripe.gateway.charge(a_charge(BOLETO), await stripe.payer())

    assert isinstance(answer, PaymentAuthorized)
    assert answer.boleto == Boleto(
        digitable_line="23793381286000782726337000963779410010000005000",
        barcode=None,
        due_on=date(2026, 11, 21),
        url="https://payments.stripe.com/boleto/voucher/test_1",
    )
    sent = stripe.fake.requests[-1][2]["payment_method_data"]
    assert sent == {
        "type": "boleto",
        "boleto": {"tax_id": "390.533.447-05"},
        "billing_details": {
            "name": "Ana Souza",
            "email": "ana@example.com",
            "address": {
                "line1": "Rua Augusta, 1",
                "city": "São Paulo",
                "state": "SP",
                "postal_code": "01305-000",
                "country": "BR",
            },
        },
    }


async def test_a_boleto_needs_to_know_its_payer(stripe: StripeWorld) -> None:
    payer = await stripe.payer()

    abroad = Address(line1="Main St 1", city="Austin", state="TX", postal_code="78701", country="US")
    for unknown, missing in (
        (replace(payer, name=None), ("name",)),
        (replace(payer, tax_id=None), ("tax_id",)),
        (replace(payer, address=None), ("address",)),
        (replace(payer, address=abroad), ("address",)),
    ):
        assert stripe.gateway.missing_facts(MethodKind.BOLETO, unknown) == missing
        assert stripe.gateway.missing_facts(MethodKind.PIX, unknown) == ()
        with pytest.raises(Misconfigured):
            await stripe.gateway.charge(a_charge(BOLETO), unknown)
    assert stripe.acted() == {}


@pytest.mark.parametrize("currency", ["MGA", "ISK", "UGX", "KWD", "BHD"])
def test_a_currency_that_stripe_counts_in_other_units_is_not_taken(currency: str) -> None:
    gateway = StripeGateway(settings())

    assert not gateway.supports(MethodKind.CREDIT_CARD, currency)
    assert gateway.supports(MethodKind.CREDIT_CARD, "JPY")


async def test_a_code_that_nobody_paid_in_time_has_failed(stripe: StripeWorld) -> None:
    charge = a_charge(PIX)
    answer = await stripe.gateway.charge(charge, await stripe.payer())
    assert isinstance(answer, PaymentAuthorized)
    stripe.fake.expire(answer.provider_reference)

    expired = PaymentFailed(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        attempt=1,
        failure_code="payment_intent_payment_attempt_expired",
        provider_reference=answer.provider_reference,
    )
    payment = a_payment(charge, provider="stripe", reference=answer.provider_reference)
    assert await stripe.gateway.fetch(payment) == expired
    assert await stripe.reported(None) == {expired}


async def test_an_unknown_reference_is_our_own_fault(stripe: StripeWorld) -> None:
    with pytest.raises(Misconfigured):
        await stripe.gateway.fetch(a_payment(a_charge(PIX), provider="stripe", reference="pi_unknown"))


async def test_a_slow_refund_has_no_answer_until_its_webhook(stripe: StripeWorld) -> None:
    stripe.fake.refunds_slowly = True
    charge = a_charge(await stripe.card())
    answer = await stripe.gateway.charge(charge, await stripe.payer())
    assert isinstance(answer, PaymentSucceeded)
    order = a_refund(charge, provider="stripe", reference=answer.provider_reference or "", amount=10_00)

    assert await stripe.gateway.refund(order, requested_at=AT) is None
    stripe.fake.finish_refunds("failed")

    assert await stripe.reported(answer) == {
        answer,
        RefundFailed(
            payment_id=order.payment_id, refund_id=order.refund_id, failure_code="failed", amount=10_00
        ),
    }


async def test_a_refund_made_elsewhere_has_one_id_in_all_its_reports(stripe: StripeWorld) -> None:
    charge = a_charge(await stripe.card())
    answer = await stripe.gateway.charge(charge, await stripe.payer())
    assert isinstance(answer, PaymentSucceeded)
    await stripe.gateway.refund(
        a_refund(charge, provider="stripe", reference=answer.provider_reference or ""), requested_at=AT
    )
    for refund in stripe.fake.refunds.values():
        refund["metadata"] = {}
    stripe.fake.events.clear()
    stripe.fake.finish_refunds()
    stripe.fake.finish_refunds()

    reports = [one for one in await stripe.notices() if isinstance(one.payload, PaymentRefunded)]

    assert len(reports) == 2
    assert len({report.payload for report in reports}) == 1
    assert {report.provider_reference for report in reports} == {answer.provider_reference}


async def test_the_same_key_for_something_else_is_our_own_fault(stripe: StripeWorld) -> None:
    card, payer = await stripe.card(), await stripe.payer()
    await stripe.gateway.charge(a_charge(card), payer)

    with pytest.raises(Misconfigured):
        await stripe.gateway.charge(a_charge(card, amount=39_90), payer)


async def test_a_key_that_is_in_use_just_now_is_no_answer(stripe: StripeWorld) -> None:
    charge, payer = a_charge(await stripe.card()), await stripe.payer()
    body = b'{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}'
    stripe.server.faults.append(Fault(status=409, body=body))

    with pytest.raises(Unavailable):
        await stripe.gateway.charge(charge, payer)


@pytest.mark.parametrize("status", [409, 429, 500])
async def test_the_sdk_makes_no_retries_of_its_own(stripe: StripeWorld, status: int) -> None:
    charge, payer = a_charge(await stripe.card()), await stripe.payer()
    stripe.fake.requests.clear()
    stripe.server.faults.append(Fault(status=status, headers={"stripe-should-retry": "true"}, after=True))

    with pytest.raises(Unavailable):
        await stripe.gateway.charge(charge, payer)

    assert len(stripe.fake.requests) == 1


async def test_a_hundred_charges_at_once_are_a_hundred_charges(stripe: StripeWorld) -> None:
    card, payer = await stripe.card(), await stripe.payer()
    charges = [a_charge(card, name=str(number % 50)) for number in range(100)]

    answers = await asyncio.gather(*(stripe.gateway.charge(charge, payer) for charge in charges))

    assert {type(answer) for answer in answers} == {PaymentSucceeded}
    assert set(stripe.acted().values()) == {1}
    assert len(stripe.acted()) == 50


def test_stripe_needs_a_key() -> None:
    with pytest.raises(Misconfigured):
        StripeGateway(settings(stripe_api_key=None))


async def test_a_pix_never_lasts_longer_than_stripe_allows(stripe: StripeWorld) -> None:
    patient = StripeGateway(
        settings(stripe_api_url=stripe.settings.stripe_api_url, pix_expires_after_s=2_592_000)
    )

    answer = await patient.charge(a_charge(PIX), await stripe.payer())
    await patient.aclose()

    assert isinstance(answer, PaymentAuthorized)
    assert answer.expires_at == datetime.fromtimestamp(1_795_000_000, tz=UTC) + timedelta(days=14)
