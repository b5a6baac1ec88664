"""What holds for every provider's charges, asked of all three in the same words."""

from dataclasses import replace

import pytest

from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, PaymentSucceeded
from ciclo.domain.payment import MethodKind
from ciclo.gateways.protocol import Misconfigured, Unavailable
from tests.gateways.contract import (
    BOLETO,
    CARD,
    COLLECTED,
    PAID,
    PIX,
    WORLDS,
    each_card,
    each_code,
    each_method,
    each_world,
    known,
    paid,
)
from tests.gateways.facts import AT, PAYER, SUBSCRIPTION, a_charge, a_payment, a_refund, payment_id
from tests.gateways.serving import Fault
from tests.gateways.worlds import World


@each_method
async def test_what_is_paid_is_reported_with_its_amount_and_its_payment(
    world: World, kind: MethodKind
) -> None:
    await paid(world, kind)

    assert {known(fact) for fact in await world.reported(None)} == {PAID}


@each_method
async def test_a_report_leads_to_its_payment_and_its_subscription(world: World, kind: MethodKind) -> None:
    await paid(world, kind)

    (report,) = [one for one in await world.notices() if isinstance(one.payload, PaymentSucceeded)]
    assert report.payment_id == payment_id("one")
    # AbacatePay's webhooks bear the key alone, without metadata.
    expected = None if world.gateway.name == "abacatepay" else SUBSCRIPTION
    assert report.subscription_id == expected


@each_method
async def test_the_same_attempt_sent_twice_collects_once(world: World, kind: MethodKind) -> None:
    charge = a_charge(await world.method(kind))
    payer = await world.payer()

    answers = [await world.gateway.charge(charge, payer) for _ in range(2)]
    if kind is not CARD and isinstance(answers[0], PaymentAuthorized):
        await world.settle(charge, answers[0])

    assert answers[0] == answers[1]
    assert world.acted() == {payment_id("one"): 1}
    assert {known(fact) for fact in await world.reported(None)} == {PAID}


@each_code
async def test_a_code_to_pay_by_is_handed_out_and_ends_some_time(world: World, kind: MethodKind) -> None:
    answer = await world.gateway.charge(a_charge(await world.method(kind)), await world.payer())

    assert isinstance(answer, PaymentAuthorized)
    assert (answer.payment_id, answer.provider) == (payment_id("one"), world.gateway.name)
    assert answer.expires_at is not None
    assert answer.expires_at.utcoffset() is not None
    assert (answer.pix is None, answer.boleto is None) == (kind is BOLETO, kind is PIX)
    assert await world.reported(answer) == set()


@each_code
async def test_nothing_is_new_about_a_code_until_it_ispaid(world: World, kind: MethodKind) -> None:
    charge = a_charge(await world.method(kind))
    answer = await world.gateway.charge(charge, await world.payer())
    assert isinstance(answer, PaymentAuthorized)
    waiting = a_payment(charge, provider=world.gateway.name, reference=answer.provider_reference)

    assert await world.gateway.fetch(waiting) is None
    await world.settle(charge, answer)

    # The sandbox keeps nothing that it could look up: its one report is the notice.
    fetched = await world.gateway.fetch(waiting)
    assert fetched == (
        None
        if world.gateway.name == "sandbox"
        else replace(PAID, provider=world.gateway.name, provider_reference=answer.provider_reference)
    )


@each_world
async def test_a_payment_without_a_reference_has_no_news(world: World) -> None:
    charge = a_charge(await world.method(PIX))

    assert await world.gateway.fetch(a_payment(charge, provider=world.gateway.name, reference=None)) is None


@each_card
@pytest.mark.parametrize(
    ("code", "hard"),
    [
        ("insufficient_funds", False),
        ("authentication_required", False),
        ("lost_card", True),
        ("expired_card", True),
    ],
)
async def test_a_decline_is_an_answer_with_its_reason(world: World, code: str, *, hard: bool) -> None:
    charge = a_charge(await world.card(declines=code), attempt=2)

    answer = await world.gateway.charge(charge, await world.payer())

    declined = PaymentFailed(
        amount=29_90,
        currency="BRL",
        payment_id=payment_id("one"),
        attempt=2,
        failure_code=code,
        hard=hard,
    )
    assert {known(fact) for fact in await world.reported(answer)} == {declined}
    assert world.acted() == {}


@each_card
async def test_each_attempt_is_a_charge_of_its_own(world: World) -> None:
    method, payer = await world.card(fails=2), await world.payer()

    for attempt in (1, 2, 3):
        await world.gateway.charge(a_charge(method, attempt=attempt), payer)

    facts = {known(fact) for fact in await world.reported(None)}
    failed = [
        PaymentFailed(
            amount=29_90,
            currency="BRL",
            payment_id=payment_id("one"),
            attempt=attempt,
            failure_code="insufficient_funds",
        )
        for attempt in (1, 2)
    ]
    assert facts == {*failed, PAID}
    assert world.acted() == {payment_id("one"): 1}


@each_card
async def test_the_same_attempt_of_a_declined_charge_is_declined_again(world: World) -> None:
    charge, payer = a_charge(await world.card(fails=1)), await world.payer()

    assert await world.gateway.charge(charge, payer) == await world.gateway.charge(charge, payer)
    assert len(await world.reported(None)) == 1


FAULTS = {
    "500": Fault(status=500),
    "503": Fault(status=503, headers={"retry-after": "7"}),
    "429": Fault(status=429, headers={"retry-after": "7"}),
    "408": Fault(status=408),
    "no answer": Fault(hangs=True),
    "an answer cut off": Fault(status=200, cut=True),
    "a page of a proxy": Fault(
        status=502, body=b"<html>Bad Gateway</html>", headers={"content-type": "text/html"}
    ),
}
UNREADABLE = {
    "no JSON": Fault(status=200, body=b"{"),
    "not UTF-8": Fault(status=200, body=b"\xff\xfe"),
    "nothing": Fault(status=200, body=b""),
    "a list": Fault(status=200, body=b"[]"),
    "an empty object": Fault(status=200, body=b"{}"),
    "another object": Fault(status=200, body=b'{"data": {"id": 7}, "id": 7, "success": true}'),
    "deep": Fault(status=200, body=b'{"id":' * 10_000),
}
# To the sandbox a 200 of its front door is enough: it reads no answer.
OUTAGES = [
    *((name, kind, fault) for name in WORLDS for kind, fault in FAULTS.items()),
    *((name, kind, fault) for name in ("stripe", "abacatepay") for kind, fault in UNREADABLE.items()),
]


@pytest.mark.parametrize(
    ("world", "fault"),
    [pytest.param(name, fault, id=f"{name}, {kind}") for name, kind, fault in OUTAGES],
    indirect=["world"],
)
@pytest.mark.parametrize("after", [False, True], ids=["not carried out", "carried out"])
async def test_without_an_answer_the_same_key_is_sent_again_and_collects_once(
    world: World, fault: Fault, *, after: bool
) -> None:
    kind = PIX if world.gateway.name == "abacatepay" else CARD
    charge, payer = a_charge(await world.method(kind)), await world.payer()
    world.server.faults.append(replace(fault, after=after))

    gateway = world.impatient() if fault.hangs else world.gateway

    with pytest.raises(Unavailable) as outage:
        await gateway.charge(charge, payer)
    assert outage.value.retry_after_s == (7.0 if "retry-after" in fault.headers else None)

    answer = await world.gateway.charge(charge, payer)
    if kind is PIX and isinstance(answer, PaymentAuthorized):
        await world.settle(charge, answer)

    assert world.acted() == {payment_id("one"): 1}
    assert {known(fact) for fact in await world.reported(None)} == {PAID}


@each_world
async def test_a_closed_door_is_no_answer(world: World) -> None:
    charge, payer = a_charge(await world.method(PIX)), await world.payer()
    answer = await world.gateway.charge(charge, payer)
    assert isinstance(answer, PaymentAuthorized)
    refund = a_refund(charge, provider=world.gateway.name, reference=answer.provider_reference)
    await world.settle(charge, answer)
    world.server.faults.append(Fault(status=503, headers={"retry-after": "120"}))

    with pytest.raises(Unavailable) as outage:
        await world.gateway.refund(refund, requested_at=AT)

    assert outage.value.retry_after_s == 120.0


@each_world
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_our_own_fault_and_no_decline(world: World, status: int) -> None:
    kind = PIX if world.gateway.name == "abacatepay" else CARD
    charge, payer = a_charge(await world.method(kind)), await world.payer()
    world.server.faults.append(Fault(status=status))

    with pytest.raises(Misconfigured):
        await world.gateway.charge(charge, payer)


@each_world
@pytest.mark.parametrize("kind", [CARD, PIX, BOLETO])
@pytest.mark.parametrize("currency", ["BRL", "EUR"])
async def test_what_is_not_supported_is_never_asked_for(
    world: World, kind: MethodKind, currency: str
) -> None:
    gateway = world.gateway
    if gateway.supports(kind, currency):
        assert (gateway.name, kind) in COLLECTED
        return
    charge = a_charge(replace(await world.method(PIX), kind=kind), currency=currency)

    with pytest.raises(Misconfigured):
        await gateway.charge(charge, await world.payer())
    assert world.acted() == {}


@each_world
async def test_a_payer_is_known_by_one_reference(world: World) -> None:
    reference = await world.gateway.register(PAYER)

    assert await world.gateway.register(PAYER) == reference
    assert await world.gateway.register(replace(PAYER, reference=reference)) == reference
