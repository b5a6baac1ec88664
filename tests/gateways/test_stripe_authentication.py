"""Stripe where the payer's bank asks the payer (3-D Secure): before a card is kept, when it is charged."""

from dataclasses import replace

import pytest

from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.payment import Payment, PaymentMethod, PaymentStatus
from ciclo.gateways.protocol import AuthenticationRequired, Confirmation, Declined, Misconfigured
from tests.gateways.contract import PAID
from tests.gateways.facts import PAYER, a_charge, a_payment, payment_id
from tests.gateways.worlds import StripeWorld

BACK = "https://shop.example.com/pagar/inv_1"
FAILED = PaymentFailed(
    amount=29_90,
    currency="BRL",
    payment_id=payment_id("one"),
    attempt=1,
    failure_code="authentication_required",
)


async def declined_for_its_payer(stripe: StripeWorld, *, softly: bool = False) -> Payment:
    """Charge a card off session whose bank asks, and return the payment as it failed."""
    stripe.fake.url, stripe.fake.asks_softly = "https://bank.example.com", softly
    charge = a_charge(await stripe.card(declines="authentication_required"))
    answer = await stripe.gateway.charge(charge, await stripe.payer())
    assert isinstance(answer, PaymentFailed)
    assert answer.provider_reference is not None
    assert answer == replace(FAILED, provider_reference=answer.provider_reference)
    return a_payment(
        charge,
        provider="stripe",
        reference=None,
        status=PaymentStatus.FAILED,
        failed_attempts=1,
        failure_code=answer.failure_code,
        failure_reference=answer.provider_reference,
    )


async def test_a_card_of_the_form_is_set_up_for_charges_without_its_payer(stripe: StripeWorld) -> None:
    method = stripe.fake.method(last4="4242")
    token = stripe.fake.forms.token(method)

    verified = await stripe.gateway.verify_card(token, PAYER)

    assert verified == method.id
    *_, params, key = stripe.fake.requests[-1]
    assert (params["usage"], params["confirm"], params["use_stripe_sdk"]) == ("off_session", "true", "true")
    assert (params["confirmation_token"], key) == (token, f"setup:{token}")
    # A lost answer is asked for again: the form's token was used up, the answer is the same.
    assert await stripe.gateway.verify_card(token, PAYER) == method.id
    kept = await stripe.gateway.attach(verified, await stripe.payer())
    assert (kept.token, kept.last_four) == (method.id, "4242")


async def test_a_bank_that_asks_before_a_card_is_kept_is_answered_by_the_payer(stripe: StripeWorld) -> None:
    method = stripe.fake.method(asks_when_kept=True)
    token = stripe.fake.forms.token(method)

    with pytest.raises(AuthenticationRequired) as asked:
        await stripe.gateway.verify_card(token, PAYER)
    assert asked.value.client_secret.startswith("secret_")
    assert asked.value.client_secret not in str(asked.value)
    [setup] = [one for one in stripe.fake.answers.values() if one[2].get("object") == "setup_intent"]
    setup_id = setup[2]["id"]

    with pytest.raises(AuthenticationRequired):
        await stripe.gateway.verify_card(setup_id, PAYER)
    stripe.fake.forms.answer(setup_id, says_yes=True)

    assert await stripe.gateway.verify_card(setup_id, PAYER) == method.id
    with pytest.raises(Declined, match="invalid_token"):
        await stripe.gateway.verify_card(setup_id, replace(PAYER, email="eve@example.com"))


async def test_a_setup_that_fails_says_why_and_keeps_nothing(stripe: StripeWorld) -> None:
    asking = stripe.fake.forms.token(stripe.fake.method(asks_when_kept=True))
    with pytest.raises(AuthenticationRequired):
        await stripe.gateway.verify_card(asking, PAYER)
    setup_id = next(one[2]["id"] for one in stripe.fake.answers.values() if "payment_method" in one[2])
    stripe.fake.forms.answer(setup_id, says_yes=False)
    refused = stripe.fake.forms.token(stripe.fake.method(refused_when_kept="insufficient_funds"))

    for token, code in (
        (setup_id, "setup_intent_authentication_failure"),
        (refused, "insufficient_funds"),
        ("ctoken_of_nobody", "invalid_token"),
        ("seti_of_nobody", "invalid_token"),
    ):
        with pytest.raises(Declined, match=code):
            await stripe.gateway.verify_card(token, PAYER)


@pytest.mark.parametrize("softly", [False, True], ids=["402", "requires_action"])
async def test_a_renewal_whose_bank_asks_is_taken_up_again_when_its_payer_comes(
    stripe: StripeWorld, *, softly: bool
) -> None:
    payment = await declined_for_its_payer(stripe, softly=softly)
    stripe.fake.events.clear()

    action = await stripe.gateway.confirm(payment, return_url=BACK)
    assert isinstance(action, Confirmation)
    assert action.client_secret is not None
    assert action.client_secret not in repr(action)
    if not softly:
        assert action.url == f"https://bank.example.com/bank/{payment.failure_reference}"
    # Another click, another window: the same question, and nothing is charged.
    assert await stripe.gateway.confirm(payment, return_url=BACK) == action
    assert stripe.acted() == {}

    stripe.fake.forms.answer_bank(payment.failure_reference or "", says_yes=True)

    paid = replace(PAID, provider="stripe", provider_reference=payment.failure_reference)
    assert await stripe.gateway.confirm(payment, return_url=BACK) == paid
    assert await stripe.reported(None) == {paid}
    assert isinstance(paid, PaymentSucceeded)


async def test_who_fails_their_banks_question_has_not_paid(stripe: StripeWorld) -> None:
    payment = await declined_for_its_payer(stripe)
    stripe.fake.events.clear()
    await stripe.gateway.confirm(payment, return_url=BACK)
    stripe.fake.forms.answer_bank(payment.failure_reference or "", says_yes=False)

    failed = replace(
        FAILED,
        failure_code="payment_intent_authentication_failure",
        provider_reference=payment.failure_reference,
    )
    assert await stripe.gateway.confirm(payment, return_url=BACK) == failed
    assert await stripe.reported(None) == {failed}


async def test_a_card_that_is_declined_while_its_payer_confirms_is_an_answer(stripe: StripeWorld) -> None:
    payment = await declined_for_its_payer(stripe)
    assert isinstance(payment.method, PaymentMethod)
    stripe.fake.methods[payment.method.token or ""].declines = "lost_card"

    answer = await stripe.gateway.confirm(payment, return_url=BACK)

    assert isinstance(answer, PaymentFailed)
    assert (answer.failure_code, answer.hard) == ("lost_card", True)


async def test_a_charge_that_stripe_does_not_know_is_our_own_fault(stripe: StripeWorld) -> None:
    payment = await declined_for_its_payer(stripe)

    with pytest.raises(Misconfigured):
        await stripe.gateway.confirm(replace(payment, failure_reference="pi_unknown"), return_url=BACK)
