"""Credit notes that operators make: numbers, where the amount goes, the list and the PDF."""

from typing import Any

from tests.journeys.asking import details, mutate
from tests.journeys.test_invoice_pdf import fetch, text_of
from tests.journeys.test_money_that_came import paid, payments
from tests.stack import Stack, token

CREATE = """
mutation($input: CreateCreditNoteInput!) {
  createCreditNote(input: $input) {
    creditNote { id number amount { amount } tax { amount } to reason pdfUrl
      lines { kind amount { amount } explanation { text } } }
    userErrors { code field }
  }
}"""
LIST = "{ creditNotes { totalCount edges { node { number to amount { amount } invoiceId } } } }"


async def create(stack: Stack, invoice: str, **given: Any) -> dict[str, Any]:
    asked = {"invoiceId": invoice, "to": "BALANCE", "reason": "outage of May 3"} | given
    answer: dict[str, Any] = (await stack.data(CREATE, {"input": asked}))["createCreditNote"]
    await stack.idle()
    return answer


async def test_an_operator_credits_parts_of_an_invoice_until_nothing_is_left(stack: Stack) -> None:
    subscription, payment = await paid(stack)
    [invoice] = [one["id"] for one in (await details(stack, subscription))["invoices"]]

    first = await create(stack, invoice, amount="10.00", idempotencyKey="once")
    assert await create(stack, invoice, amount="10.00", idempotencyKey="once") == first
    second = await create(stack, invoice, whole=True, to="REFUND")

    assert first["creditNote"]["number"] == "CN-000001"
    assert first["creditNote"]["lines"][0]["kind"] == "CORRECTION"
    assert first["creditNote"]["lines"][0]["explanation"]["text"].startswith("R$\N{NO-BREAK SPACE}10.00 of: ")
    assert (second["creditNote"]["number"], second["creditNote"]["amount"]) == (
        "CN-000002",
        {"amount": "20.00"},
    )
    found = await details(stack, subscription)
    assert found["customer"]["creditBalances"] == [{"amount": "10.00", "currency": "BRL"}]
    [after] = await payments(stack, subscription)
    assert (after["id"], after["refundedAmount"]["amount"]) == (payment["id"], "20.00")
    nothing_left = await create(stack, invoice, amount="0.01")
    assert nothing_left["userErrors"] == [{"code": "CREDIT_EXCEEDS_INVOICE", "field": ["amount"]}]

    for bearer in (token(), token(role="customer", email="ana@example.com")):
        listed = (await stack.data(LIST, bearer=bearer))["creditNotes"]
        assert [edge["node"] for edge in listed["edges"]] == [
            {"number": "CN-000002", "to": "REFUND", "amount": {"amount": "20.00"}, "invoiceId": invoice},
            {"number": "CN-000001", "to": "BALANCE", "amount": {"amount": "10.00"}, "invoiceId": invoice},
        ]
    nobody = token(role="customer", email="bia@example.com")
    assert (await stack.data(LIST, bearer=nobody))["creditNotes"]["totalCount"] == 0


async def test_a_credit_note_has_pages_for_its_owner_and_operators(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    [invoice] = (await details(stack, subscription))["invoices"]
    note = (await create(stack, invoice["id"], lines=[1]))["creditNote"]

    owner = token(role="customer", email="ana@example.com")
    answer = await fetch(stack, f"{note['pdfUrl']}?lang=en", bearer=owner)

    assert answer.headers["content-disposition"] == 'attachment; filename="credit-note-CN-000001.pdf"'
    text = text_of(answer)
    for told in ("Credit note CN-000001", invoice["number"], "outage of May 3", "Total, kept as credit"):
        assert told in text
    other = token(role="customer", email="bia@example.com")
    assert (await fetch(stack, note["pdfUrl"], bearer=other)).status_code == 404


async def test_bad_input_is_refused_with_a_code_and_makes_nothing(stack: Stack) -> None:
    subscription, _ = await paid(stack)
    [invoice] = [one["id"] for one in (await details(stack, subscription))["invoices"]]
    given = {"invoiceId": invoice, "to": "BALANCE", "reason": "x"}
    refused = {
        "nothing named": await mutate(stack, "createCreditNote", **given),
        "two named": await mutate(stack, "createCreditNote", **given, amount="1.00", whole=True),
        "no reason": await mutate(stack, "createCreditNote", **given | {"reason": " "}, whole=True),
        "no such line": await mutate(stack, "createCreditNote", **given, lines=[9]),
        "nothing": await mutate(stack, "createCreditNote", **given, amount="0.00"),
        "too much": await mutate(stack, "createCreditNote", **given, amount="30.01"),
        "too fine": await mutate(stack, "createCreditNote", **given, amount="1.001"),
    }

    assert refused == {
        "nothing named": ["INVALID_VALUE"],
        "two named": ["INVALID_VALUE"],
        "no reason": ["INVALID_VALUE"],
        "no such line": ["INVALID_VALUE"],
        "nothing": ["AMOUNT_OUT_OF_RANGE"],
        "too much": ["CREDIT_EXCEEDS_INVOICE"],
        "too fine": ["TOO_MANY_DECIMALS"],
    }
    assert (await stack.data(LIST))["creditNotes"]["totalCount"] == 0
