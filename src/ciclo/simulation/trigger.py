"""`ciclo trigger`: makes the real thing happen in the sandbox, so that its messages are told."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ciclo.domain.webhooks.message import MessageType
from ciclo.simulation.api import Api, ApiFailed

USER_TYPE: Final = "TRIGGER"
PRICE: Final = "29.90"

PLANS: Final = (
    "query($type: String) { plans(filter: {userType: $type, active: true}) { edges { node { id } } } }"
)
INVOICE: Final = """\
query($id: ID!) {
  subscription(id: $id) { invoices(first: 1) { edges { node { id payments { id } } } } }
}"""

Act = Callable[[Api], Awaitable[str]]
"""Makes it happen, and returns the id of what it happened to."""


async def trigger(api: Api, type_: MessageType) -> str:
    """Make what *type_* tells of happen to somebody new; return the id of what it happened to.

    Raises:
        ApiFailed: the API refuses a part of it.
        KeyError: nobody can bring this about at will.
    """
    subject = await ACTS[type_](api)
    await api.wait_until_idle()
    return subject


async def _do(api: Api, mutation: str, selection: str = "", **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    name = f"{mutation[0].upper()}{mutation[1:]}Input!"
    document = (
        f"mutation($input: {name}) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}"
    )
    payload, refusal = await api.do(document, **given)
    if refusal:
        raise ApiFailed(f"{mutation} was refused: {refusal}")
    return payload


async def _subscribe(api: Api, *, card: str | None = "tok_visa") -> str:
    """Have somebody new subscribe, without a trial, and wait until all of it has happened."""
    found = (await api.ask(PLANS, type=USER_TYPE))["plans"]["edges"]
    if found:
        plan = found[0]["node"]["id"]
    else:
        created = await _do(
            api,
            "createPlan",
            "plan { id }",
            name="Trigger",
            price={"amount": PRICE},
            billingCycle="MONTHLY",
            userType=USER_TYPE,
            trialDays=0,
        )
        plan = created["plan"]["id"]
    given: dict[str, object] = {
        "planId": plan,
        "customerEmail": f"trigger-{secrets.token_hex(6)}@example.com",
    }
    if card is not None:
        given["paymentMethod"] = {"cardToken": card}
    subscribed = await _do(api, "createSubscription", "subscription { id }", **given)
    await api.wait_until_idle()
    return str(subscribed["subscription"]["id"])


async def _invoice(api: Api, subscription: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.ask(INVOICE, id=subscription))["subscription"]["invoices"]["edges"][0][
        "node"
    ]
    return found


async def _declined(api: Api) -> str:
    return await _subscribe(api, card="tok_charge_declined")


async def _change(api: Api, *mutations: tuple[str, Mapping[str, Any]]) -> str:
    subscription = await _subscribe(api)
    for mutation, given in mutations:
        await _do(api, mutation, subscriptionId=subscription, **given)
    return subscription


async def _refunded(api: Api) -> str:
    payment = (await _invoice(api, await _subscribe(api)))["payments"][0]["id"]
    await _do(api, "refundPayment", paymentId=payment)
    return str(payment)


async def _voided(api: Api) -> str:
    invoice = (await _invoice(api, await _subscribe(api, card=None)))["id"]
    await _do(api, "voidInvoice", invoiceId=invoice, reason="ciclo trigger")
    return str(invoice)


async def _credited(api: Api) -> str:
    invoice = (await _invoice(api, await _subscribe(api)))["id"]
    await _do(api, "createCreditNote", invoiceId=invoice, amount="5.00", reason="ciclo trigger", to="BALANCE")
    return str(invoice)


_PAUSE: Final[tuple[str, Mapping[str, Any]]] = ("pauseSubscription", {})

ACTS: Final[Mapping[MessageType, Act]] = {
    **dict.fromkeys(
        (
            MessageType.SUBSCRIPTION_CREATED,
            MessageType.SUBSCRIPTION_ACTIVATED,
            MessageType.INVOICE_ISSUED,
            MessageType.INVOICE_PAID,
            MessageType.PAYMENT_PENDING,
            MessageType.PAYMENT_SUCCEEDED,
            MessageType.ENTITLEMENTS_CHANGED,
        ),
        _subscribe,
    ),
    MessageType.PAYMENT_FAILED: _declined,
    MessageType.SUBSCRIPTION_UPDATED: lambda api: _change(api, ("cancelSubscription", {})),
    MessageType.SUBSCRIPTION_CANCELLED: lambda api: _change(
        api, ("cancelSubscription", {"cancelImmediately": True})
    ),
    MessageType.SUBSCRIPTION_PAUSED: lambda api: _change(api, _PAUSE),
    MessageType.SUBSCRIPTION_RESUMED: lambda api: _change(api, _PAUSE, ("resumeSubscription", {})),
    MessageType.PAYMENT_REFUNDED: _refunded,
    MessageType.INVOICE_VOIDED: _voided,
    MessageType.CREDIT_NOTE_ISSUED: _credited,
}
"""What can be brought about at will. What only time brings, `advanceClock` does, and for everybody."""
