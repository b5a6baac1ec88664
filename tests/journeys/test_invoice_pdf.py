"""Invoices as PDF over HTTP: who may fetch them, in which language, and what they say."""

import io
from typing import Any

import httpx
import pypdf
import pytest

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, token

INVOICES = "{ invoices(first: 5) { edges { node { id number status pdfUrl subscription { id } } } } }"
NAME_PAYER = """
mutation($input: UpdatePaymentMethodInput!) {
  updatePaymentMethod(input: $input) { userErrors { code } }
}"""
OWNER, OTHER = "ana@example.com", "bia@example.com"
MISSING = "/invoices/inv_01h455vb4pex5vsknk084sn02q.pdf"


async def an_invoice(stack: Stack, email: str, **changes: Any) -> dict[str, Any]:
    """Subscribe somebody by a card, without a trial, and return the invoice."""
    await subscribe(stack, await a_plan(stack), email, **{"card": "tok_visa", "skipTrial": True} | changes)
    found = await stack.data(INVOICES, bearer=token(role="customer", email=email))
    ((invoice),) = [edge["node"] for edge in found["invoices"]["edges"]]
    return dict(invoice)


async def fetch(
    stack: Stack, path: str, *, bearer: str | None = None, method: str = "GET", **headers: str
) -> httpx.Response:
    if bearer is not None:
        headers["authorization"] = f"Bearer {bearer}"
    return await stack.http.request(method, path, headers=headers)


def text_of(answer: httpx.Response) -> str:
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


async def test_the_owner_and_an_operator_get_an_invoice_and_nobody_else(stack: Stack) -> None:
    invoice = await an_invoice(stack, OWNER)
    path = invoice["pdfUrl"]
    await subscribe(stack, await a_plan(stack), OTHER)
    owner, other, stranger = (
        token(role="customer", email=email) for email in (OWNER, OTHER, "new@example.com")
    )

    answers = {
        "owner": await fetch(stack, path, bearer=owner),
        "operator": await fetch(stack, path, bearer=token()),
        "other": await fetch(stack, path, bearer=other),
        "stranger": await fetch(stack, path, bearer=stranger),
        "missing": await fetch(stack, MISSING, bearer=token()),
        "malformed": await fetch(stack, "/invoices/inv_1.pdf", bearer=owner),
        "operator's malformed": await fetch(stack, "/invoices/$ne.pdf", bearer=token()),
        "anonymous": await fetch(stack, path),
        "anonymous, missing": await fetch(stack, MISSING),
        "forged": await fetch(stack, path, bearer=owner[:-4] + "AAAA"),
        "token in the address": await fetch(stack, f"{path}?token={owner}&access_token={owner}"),
    }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "owner": 200,
        "operator": 200,
        "other": 404,
        "stranger": 404,
        "missing": 404,
        "malformed": 404,
        "operator's malformed": 404,
        "anonymous": 401,
        "anonymous, missing": 401,
        "forged": 401,
        "token in the address": 401,
    }
    assert answers["owner"].content == answers["operator"].content
    refusals = [answer for answer in answers.values() if answer.status_code == 404]
    bodies = [{**answer.json(), "request_id": ""} for answer in refusals]
    assert bodies == [
        {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "code": "NOT_FOUND",
            "detail": "there is no such invoice",
            "request_id": "",
        }
    ] * len(refusals)
    assert {answer.headers["content-type"] for answer in refusals} == {"application/problem+json"}
    assert answers["anonymous"].headers["www-authenticate"] == "Bearer"


async def test_a_paid_invoice_is_a_receipt_in_either_language(stack: Stack) -> None:
    invoice = await an_invoice(stack, OWNER)
    path, number, owner = invoice["pdfUrl"], invoice["number"], token(role="customer", email=OWNER)

    default = await fetch(stack, path, bearer=owner)
    english = await fetch(stack, f"{path}?lang=en", bearer=owner)
    preferred = await fetch(stack, path, bearer=owner, **{"accept-language": "en-GB,en;q=0.9,pt;q=0.8"})

    assert invoice["status"] == "PAID"
    assert f"Fatura {number} Paga em" in text_of(default)
    assert f"Recibo Recebemos de {OWNER} o valor de R$ 29,99" in text_of(default)
    assert "Cartão Visa final 4242 R$ 29,99" in text_of(default)
    assert f"Invoice {number} Paid on" in text_of(english)
    assert preferred.content == english.content
    assert [one.headers["content-language"] for one in (default, english)] == ["pt-BR", "en"]


async def test_an_invoice_is_never_cached_or_sniffed_and_has_a_fixed_name(stack: Stack) -> None:
    invoice = await an_invoice(stack, OWNER)

    answer = await fetch(stack, invoice["pdfUrl"], bearer=token())
    head = await fetch(stack, invoice["pdfUrl"], bearer=token(), method="HEAD")

    wanted = {
        "content-type": "application/pdf",
        "content-disposition": f'attachment; filename="invoice-{invoice["number"]}.pdf"',
        "content-length": str(len(answer.content)),
        "content-language": "pt-BR",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    assert {name: answer.headers[name] for name in wanted} == wanted
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in wanted} == wanted


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_an_invoice_can_only_be_read(stack: Stack, method: str) -> None:
    answer = await fetch(stack, MISSING, bearer=token(), method=method)

    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


async def test_an_open_invoice_by_pix_carries_its_code_and_its_payer(stack: Stack) -> None:
    invoice = await an_invoice(stack, OWNER, card=None, paymentMethod={"pix": {}})
    payer = {"payerName": 'Ana #panic() "$x$"', "taxId": "12345678909"}
    await stack.data(
        NAME_PAYER,
        {"input": {"subscriptionId": invoice["subscription"]["id"], "paymentMethod": {"pix": payer}}},
    )
    await stack.idle()
    found = await stack.data("{ payments { edges { node { pix { copyPaste } } } } }")
    codes = {edge["node"]["pix"]["copyPaste"] for edge in found["payments"]["edges"]}

    text = text_of(await fetch(stack, invoice["pdfUrl"], bearer=token()))

    assert invoice["status"] == "PENDING"
    assert 'Cliente Ana #panic() "$x$" CPF 123.456.789-09 ana@example.com' in text
    assert "Pague com Pix" in text
    assert any("".join(code.split()) in "".join(text.split()) for code in codes)
