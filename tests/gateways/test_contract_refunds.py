"""What holds for every provider's refunds, asked of all three in the same words."""

from ciclo.domain.events.facts import PaymentRefunded, RefundFailed
from ciclo.domain.payment import MethodKind
from ciclo.gateways.protocol import Charge
from tests.gateways.contract import (
    CARD,
    PAID,
    PIX,
    each_card,
    each_method,
    each_world,
    known,
    paid,
)
from tests.gateways.facts import AT, a_charge, a_refund, payment_id
from tests.gateways.worlds import World


@each_method
async def test_all_of_a_payment_goes_back_where_it_can(world: World, kind: MethodKind) -> None:
    charge, reference = await paid(world, kind)
    order = a_refund(charge, provider=world.gateway.name, reference=reference)

    answer = await world.gateway.refund(order, requested_at=AT)
    await world.finish_refunds()

    facts = {known(fact) for fact in await world.reported(answer)}
    if world.gateway.refunds(kind):
        # AbacatePay knows one refund of a charge, and gives it no name of ours.
        refund_id = None if world.gateway.name == "abacatepay" else order.refund_id
        returned = PaymentRefunded(
            amount=29_90, currency="BRL", payment_id=payment_id("one"), refund_id=refund_id
        )
        assert facts == {PAID, returned}
    else:
        assert facts == {PAID, _refund_failed(charge, reference, code="refund_not_supported")}


@each_method
async def test_the_same_refund_asked_for_twice_goes_back_once(world: World, kind: MethodKind) -> None:
    charge, reference = await paid(world, kind)
    order = a_refund(charge, provider=world.gateway.name, reference=reference)

    answers = [await world.gateway.refund(order, requested_at=AT) for _ in range(2)]
    await world.finish_refunds()

    assert answers[0] == answers[1]
    facts = [fact for fact in await world.reported(answers[0]) if isinstance(fact, PaymentRefunded)]
    assert len(facts) == (1 if world.gateway.refunds(kind) else 0)


@each_method
async def test_a_part_of_a_payment_goes_back_where_it_can(world: World, kind: MethodKind) -> None:
    charge, reference = await paid(world, kind)
    order = a_refund(charge, provider=world.gateway.name, reference=reference, amount=10_00)

    answer = await world.gateway.refund(order, requested_at=AT)
    await world.finish_refunds()

    facts = {known(fact) for fact in await world.reported(answer)}
    if world.gateway.refunds_partly(kind):
        returned = PaymentRefunded(
            amount=10_00, currency="BRL", payment_id=payment_id("one"), refund_id=order.refund_id
        )
        assert facts == {PAID, returned}
    else:
        assert PAID in facts
        (failed,) = facts - {PAID}
        assert isinstance(failed, RefundFailed)


@each_card
async def test_more_than_was_paid_never_goes_back(world: World) -> None:
    charge, reference = await paid(world, CARD)
    order = a_refund(charge, provider=world.gateway.name, reference=reference, amount=29_91)

    answer = await world.gateway.refund(order, requested_at=AT)

    assert answer == _refund_failed(charge, reference, code="amount_too_large")


@each_world
async def test_a_refund_of_an_unknown_payment_fails(world: World) -> None:
    charge = a_charge(await world.method(PIX))

    answer = await world.gateway.refund(
        a_refund(charge, provider=world.gateway.name, reference="pi_unknown"), requested_at=AT
    )

    assert isinstance(answer, RefundFailed)
    assert answer.failure_code in {"unknown_reference", "resource_missing", "transaction_not_found"}


def _refund_failed(charge: Charge, reference: str, *, code: str) -> RefundFailed:
    order = a_refund(charge, provider="any", reference=reference)
    return RefundFailed(payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code)
