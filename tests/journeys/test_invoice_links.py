"""Invoice links: an invoice is seen and paid by its address, by whoever has it, and by nobody who guesses."""

import asyncio
from typing import Any

import httpx
import pytest

from ciclo.web.links.door import WRONG_TOKENS
from tests.access.test_operations import acts
from tests.browser.shop import newest_payment
from tests.journeys.asking import a_plan, details, subscribe
from tests.stack import Stack, token

ANA = "ana@example.com"
CREATE = """
mutation($input: CreateInvoiceLinkInput!) {
  createInvoiceLink(input: $input) { url expiresAt userErrors { code field } }
}"""
REVOKE = """
mutation($input: RevokeInvoiceLinkInput!) {
  revokeInvoiceLink(input: $input) { invoice { id } userErrors { code } }
}"""
PIX: dict[str, Any] = {"pix": {}}
CARD = {"cardToken": "tok_visa"}


async def an_invoice(stack: Stack, *, email: str = ANA, **given: Any) -> dict[str, Any]:
    """Return an open invoice of somebody who pays by Pix."""
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, email, paymentMethod=PIX, **given)
    [invoice] = (await details(stack, subscription))["invoices"]
    return {**invoice, "subscription": subscription}


async def link_of(stack: Stack, invoice_id: str, **given: Any) -> str:
    """Return the token in an invoice's link."""
    made = (await stack.data(CREATE, {"input": {"invoiceId": invoice_id, **given}}))["createInvoiceLink"]
    assert made["userErrors"] == []
    address, _, found = made["url"].rpartition("/")
    assert address == f"{stack.url}/i"
    return str(found)


async def ask(stack: Stack, link: str, operation: str = "LinkedInvoice", **given: Any) -> httpx.Response:
    body = {"operationName": operation, "variables": {"input": given}}
    return await stack.http.post("/api/invoice-link", json=body, headers={"x-ciclo-link": link})


async def shown(stack: Stack, link: str) -> dict[str, Any]:
    answer = (await ask(stack, link)).json()
    assert "errors" not in answer, answer
    invoice: dict[str, Any] = answer["data"]["invoice"]
    return invoice


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_whoever_has_the_link_pays_and_hears_of_it_at_once(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    link = await link_of(stack, invoice["id"])
    open_ = await shown(stack, link)
    assert (open_["status"], open_["amountDue"]["amount"]) == ("PENDING", "29.99")
    [payment] = open_["payments"]
    assert payment["pix"]["copyPaste"]
    assert ANA not in (await ask(stack, link)).text

    headers = {"x-ciclo-link": link}
    async with stack.http.stream("GET", "/api/invoice-link/updates", headers=headers) as updates:
        lines = updates.aiter_lines()
        assert await anext(lines) == ": listening"
        settled = await stack.http.post(f"/api/invoice-link/payments/{payment['id']}/settle", headers=headers)
        assert settled.status_code == 202
        async with asyncio.timeout(15):
            async for line in lines:
                if line == "data: changed" and (await shown(stack, link))["status"] == "PAID":
                    break
    pdf = await stack.http.get("/api/invoice-link/invoice.pdf", headers=headers)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    # Paid is paid, by whatever comes next.
    again = (await ask(stack, link, "PayInvoice", paymentMethod=CARD)).json()["data"]["payInvoice"]
    assert [error["code"] for error in again["userErrors"]] == ["INVOICE_NOT_OPEN"]


async def test_cards_that_race_by_one_link_pay_once(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    link = await link_of(stack, invoice["id"])

    answers = await asyncio.gather(
        *(ask(stack, link, "PayInvoice", paymentMethod=CARD, idempotencyKey=f"key-{n}") for n in range(4))
    )
    await stack.idle()

    errors = [error for one in answers for error in one.json()["data"]["payInvoice"]["userErrors"]]
    assert len(errors) == 3
    paid = await shown(stack, link)
    assert paid["status"] == "PAID"
    assert [one["status"] for one in paid["payments"]].count("COMPLETED") == 1
    # Who asked is told as a link: nobody knows who it was.
    event = await stack.deps.store["events"].find_one({"type": "invoice_payment_requested"})
    assert event is not None
    assert event["actor"] == f"link:{invoice['id']}"


async def test_a_link_opens_its_invoice_and_nothing_else(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    link = await link_of(stack, invoice["id"])
    other = await an_invoice(stack)
    others = (await newest_payment(stack))["id"]
    bearer = {"x-ciclo-link": link}

    assert (await stack.http.post("/graphql", json={"query": "{ me { subject } }"}, headers=bearer)).json()[
        "errors"
    ][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await stack.http.get(f"/invoices/{invoice['id']}.pdf", headers=bearer)).status_code == 401
    assert code(await ask(stack, link, "ConfirmPayment", paymentId=others)) == (404, "PAYMENT_NOT_FOUND")
    elsewhere = await stack.http.post(f"/api/invoice-link/payments/{others}/settle", headers=bearer)
    assert elsewhere.status_code == 404
    assert code(await ask(stack, link, "MySubscription")) == (400, "BAD_REQUEST")
    # What it is about is not the caller's to say, nor is what the customer has on file.
    paid = await ask(stack, link, "PayInvoice", invoiceId=other["id"], paymentMethod=CARD)
    assert paid.json()["data"]["payInvoice"]["invoice"]["id"] == invoice["id"]
    assert "errors" in (await ask(stack, link, "PayInvoice", paymentMethod=None)).json()


async def test_who_has_a_link_changes_nothing_that_is_known_of_the_customer(stack: Stack) -> None:
    known = {"boleto": {"payerName": "Ana Souza", "taxId": "529.982.247-25"}}
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, ANA, paymentMethod=known)
    [invoice] = (await details(stack, subscription))["invoices"]
    before = await stack.deps.store["customers"].find_one({"email": ANA})
    link = await link_of(stack, invoice["id"])

    stranger = {"boleto": {"payerName": "Outro Nome", "taxId": "111.444.777-35"}}
    await ask(stack, link, "PayInvoice", paymentMethod=stranger)

    after = await stack.deps.store["customers"].find_one({"email": ANA})
    assert before is not None
    assert after is not None
    assert (
        (after["name"], after["tax_id"]) == (before["name"], before["tax_id"]) == ("Ana Souza", "52998224725")
    )


async def test_links_that_open_nothing_say_so_each_in_its_way(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    first = await link_of(stack, invoice["id"])
    assert await link_of(stack, invoice["id"]) == first
    name, generation, signature = first.split("-")
    forged = signature[:-1] + ("0" if signature[-1] != "0" else "1")

    second = await link_of(stack, invoice["id"], renew=True)
    assert code(await ask(stack, first)) == (410, "LINK_REVOKED")
    assert (await shown(stack, second))["id"] == invoice["id"]
    for made_up in (
        f"{name}-{generation}-{forged}",
        f"{name}-1-{signature}",
        f"{invoice['subscription'].removeprefix('sub_')}-0-{signature}",
        invoice["id"],
        "",
    ):
        assert code(await ask(stack, made_up)) == (404, "LINK_NOT_FOUND")

    expiring = await link_of(stack, invoice["id"], expiresInDays=1)
    links = stack.deps.store["invoice_links"]
    stored = await links.find_one({"_id": invoice["id"]})
    assert stored is not None
    assert expiring not in str(stored)
    await links.update_one({"_id": invoice["id"]}, {"$set": {"expires_at": stack.deps.wall()}})
    assert code(await ask(stack, expiring)) == (410, "LINK_EXPIRED")

    third = await link_of(stack, invoice["id"])
    revoked = await stack.data(REVOKE, {"input": {"invoiceId": invoice["id"]}})
    assert revoked["revokeInvoiceLink"]["userErrors"] == []
    assert code(await ask(stack, third)) == (410, "LINK_REVOKED")
    assert (await stack.http.get(f"/i/{third}")).status_code == 410
    assert [act["action"] for act in await acts(stack, target=invoice["id"])] == [
        "revokeInvoiceLink",
        "createInvoiceLink",
        "createInvoiceLink",
        "createInvoiceLink",
    ]

    fourth = await link_of(stack, invoice["id"])
    voided = await stack.data(
        "mutation($id: ID!) { voidInvoice(input: {invoiceId: $id}) { userErrors { code } } }",
        {"id": invoice["id"]},
    )
    assert voided["voidInvoice"]["userErrors"] == []
    assert code(await ask(stack, fourth)) == (410, "INVOICE_CANCELED")


async def test_the_page_is_for_no_index_and_no_log_and_guesses_end(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    invoice = await an_invoice(stack)
    link = await link_of(stack, invoice["id"])
    page = await stack.http.get(f"/i/{link}")

    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    written = capsys.readouterr()
    assert link not in written.out + written.err
    assert "/i/[redacted]" in written.out

    [window] = WRONG_TOKENS.windows
    guesses = [await stack.http.get(f"/i/{n}") for n in range(window.places + 1)]
    assert [guesses[0].status_code, guesses[-1].status_code] == [404, 429]
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert code(await ask(stack, link)) == (429, "TOO_MANY_ATTEMPTS")


async def test_customers_make_no_links(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    given = {"input": {"invoiceId": invoice["id"]}}
    answer = await stack.graphql(CREATE, given, bearer=token(role="customer", email=ANA))
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for days in (0, 366):
        made = await stack.data(CREATE, {"input": {"invoiceId": invoice["id"], "expiresInDays": days}})
        assert made["createInvoiceLink"]["userErrors"] == [
            {"code": "INVALID_VALUE", "field": ["expiresInDays"]}
        ]
