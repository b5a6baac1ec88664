"""Rule 43: what is known of a payer reaches their provider and their invoices, and no refusal changes it."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pypdf
import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.settings.choices import ProviderName
from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import SUBSCRIBE, a_plan, mutate, subscribe
from tests.stack import Stack, running_stack, token

EMAIL = "ana@example.com"
AUGUSTA = {"line1": "Rua Augusta, 1", "city": "São Paulo", "state": "SP", "postalCode": "01305-000"}
PAULISTA = {"line1": "Av. Paulista, 1", "city": "São Paulo", "state": "sp", "postalCode": "01310100"}
SOUZA = {"payerName": "Ana Souza", "taxId": "390.533.447-05"}
LIMA = {"payerName": "Ana Lima", "taxId": "390.533.447-05"}
INVOICES = """
query($id: ID!) {
  subscription(id: $id) { invoices(first: 5) { edges { node {
    id pdfUrl status payments { status boleto { digitableLine } }
  } } } }
}"""


@dataclass
class ByStripe:
    """A stack whose boletos are made by the stand-in of Stripe."""

    stack: Stack
    stripe: FakeStripe


@pytest.fixture
async def by_boleto(settings: Settings) -> AsyncIterator[ByStripe]:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        chosen = by_stripe(settings, url).model_copy(update={"boleto_gateway": ProviderName.STRIPE})
        async with running_stack(chosen) as stack:
            yield ByStripe(stack, stripe)
            await stack.idle()
            assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


async def invoices_of(stack: Stack, subscription: str) -> list[dict[str, Any]]:
    """Return the invoices of a subscription, the oldest first."""
    found = (await stack.data(INVOICES, {"id": subscription}))["subscription"]["invoices"]["edges"]
    return [edge["node"] for edge in reversed(found)]


async def customer_of(stack: Stack) -> dict[str, Any]:
    found = await stack.deps.store["customers"].find_one({"email": EMAIL})
    assert found is not None
    return {name: found[name] for name in ("name", "tax_id", "address")}


async def paper(stack: Stack, invoice: dict[str, Any]) -> str:
    """Return what an invoice's PDF says."""
    answer = await stack.http.get(invoice["pdfUrl"], headers={"authorization": f"Bearer {token()}"})
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("payer", "field"),
    [
        ({}, "payerName"),
        ({"payerName": "Ana Souza"}, "taxId"),
        (SOUZA, "address"),
        (SOUZA | {"address": AUGUSTA | {"country": "US"}}, "address"),
    ],
)
async def test_a_boleto_that_its_provider_could_not_make_is_refused(
    by_boleto: ByStripe, payer: dict[str, Any], field: str
) -> None:
    stack = by_boleto.stack
    plan = await a_plan(stack, trialDays=0)
    given = {"planId": plan, "customerEmail": EMAIL, "paymentMethod": {"boleto": payer}}
    answer = await stack.data(SUBSCRIBE, {"input": given})
    [error] = answer["createSubscription"]["userErrors"]

    assert (error["code"], error["field"]) == ("PAYER_INCOMPLETE", ["paymentMethod", field])
    assert await stack.deps.store["customers"].count_documents({}) == 0
    assert by_boleto.stripe.requests == []


async def test_a_method_of_before_that_its_provider_could_not_make_a_boleto_by_is_refused(
    by_boleto: ByStripe,
) -> None:
    stack = by_boleto.stack
    payer = {"boleto": SOUZA | {"address": AUGUSTA}}
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), EMAIL, paymentMethod=payer)
    await stack.deps.store["customers"].update_one({"email": EMAIL}, {"$set": {"address": None}})
    [invoice] = await invoices_of(stack, sub)

    assert await mutate(stack, "payInvoice", invoiceId=invoice["id"]) == ["PAYER_INCOMPLETE"]


@pytest.mark.parametrize(
    ("part", "value"),
    [("postalCode", "1234"), ("state", "XX"), ("line1", ""), ("city", "x" * 101), ("country", "Brasil")],
)
async def test_what_is_no_address_is_refused_with_the_part_at_fault(
    stack: Stack, part: str, value: str
) -> None:
    plan = await a_plan(stack, trialDays=0)
    payer = SOUZA | {"address": AUGUSTA | {part: value}}
    given = {"planId": plan, "customerEmail": EMAIL, "paymentMethod": {"boleto": payer}}
    answer = await stack.data(SUBSCRIBE, {"input": given})
    [error] = answer["createSubscription"]["userErrors"]

    assert (error["code"], error["field"]) == ("INVALID_VALUE", ["paymentMethod", "address", part])


async def test_a_boleto_by_stripe_names_the_payers_address(by_boleto: ByStripe) -> None:
    stack = by_boleto.stack
    payer = SOUZA | {"address": AUGUSTA | {"line2": "ap. 2"}}
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), EMAIL, paymentMethod={"boleto": payer})

    [invoice] = await invoices_of(stack, sub)
    [payment] = invoice["payments"]
    assert (payment["status"], payment["boleto"]["digitableLine"][:5]) == ("PENDING", "23793")
    asked = by_boleto.stripe.requests[-1][2]["payment_method_data"]
    assert asked["billing_details"]["address"] == {
        "line1": "Rua Augusta, 1",
        "line2": "ap. 2",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01305-000",
        "country": "BR",
    }
    # What is known is not asked again.
    other = await subscribe(
        stack, await a_plan(stack, trialDays=0, name="Other"), EMAIL, paymentMethod={"boleto": {}}
    )
    assert (await invoices_of(stack, other))[0]["payments"][0]["boleto"] == payment["boleto"]


async def test_an_invoice_keeps_whom_it_was_issued_to(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    souza = {"boleto": SOUZA | {"address": AUGUSTA}}
    sub = await subscribe(stack, plan, EMAIL, paymentMethod=souza)
    lima = {"boleto": LIMA | {"address": PAULISTA}}
    assert await mutate(stack, "updatePaymentMethod", subscriptionId=sub, paymentMethod=lima) == []
    assert await customer_of(stack) == {
        "name": "Ana Lima",
        "tax_id": "39053344705",
        "address": {
            "line1": "Av. Paulista, 1",
            "line2": None,
            "city": "São Paulo",
            "state": "SP",
            "postal_code": "01310-100",
            "country": "BR",
        },
    }
    other = await subscribe(stack, await a_plan(stack, trialDays=0, name="Other"), EMAIL, paymentMethod=lima)

    [first], [second] = await invoices_of(stack, sub), await invoices_of(stack, other)
    before, after = await paper(stack, first), await paper(stack, second)
    assert all(text in before for text in ("Ana Souza", "Rua Augusta, 1", "01305-000 São Paulo, SP", EMAIL))
    assert all(text in after for text in ("Ana Lima", "Av. Paulista, 1", "01310-100 São Paulo, SP"))
    assert "Lima" not in before


async def test_a_refused_request_changes_nothing_of_the_customer(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    sub = await subscribe(stack, plan, EMAIL, paymentMethod={"boleto": SOUZA | {"address": AUGUSTA}})
    [invoice] = await invoices_of(stack, sub)
    known = await customer_of(stack)
    lima = {"boleto": LIMA | {"address": PAULISTA}}
    assert await mutate(stack, "voidInvoice", invoiceId=invoice["id"]) == []
    assert await mutate(stack, "payInvoice", invoiceId=invoice["id"], paymentMethod=lima) == [
        "INVOICE_NOT_OPEN"
    ]
    assert await mutate(stack, "cancelSubscription", subscriptionId=sub, cancelImmediately=True) == []
    assert await mutate(stack, "updatePaymentMethod", subscriptionId=sub, paymentMethod=lima) == [
        "ALREADY_CANCELLED"
    ]

    assert await customer_of(stack) == known


NAMED = """query($id: ID!) { subscription(id: $id) { customer { address { line1 postalCode country } }
  invoices(first: 5) { edges { node { addressee { email name taxId address { line1 state } } } } } } }"""


async def test_an_invoice_s_addressee_and_the_customer_s_address_are_told(by_boleto: ByStripe) -> None:
    stack = by_boleto.stack
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, EMAIL, paymentMethod={"boleto": SOUZA | {"address": AUGUSTA}})

    ana = token(role="customer", email=EMAIL)
    found = (await stack.data(NAMED, {"id": subscription}, bearer=ana))["subscription"]
    address = {"line1": "Rua Augusta, 1", "postalCode": "01305-000", "country": "BR"}
    assert found["customer"] == {"address": address}
    [node] = [edge["node"] for edge in found["invoices"]["edges"]]
    assert node["addressee"] == {
        "email": EMAIL,
        "name": "Ana Souza",
        "taxId": "39053344705",
        "address": {"line1": "Rua Augusta, 1", "state": "SP"},
    }
