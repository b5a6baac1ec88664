"""Receipts: each payment that came has one, under a number without gaps, as a PDF of its own."""

import asyncio
from typing import Any

from ciclo.store.ledger.numbering import RECEIPT_SERIES, RECEIPTS, read_number_series
from tests.journeys.asking import a_plan, details, subscribe
from tests.journeys.test_invoice_links import an_invoice, ask, link_of
from tests.journeys.test_invoice_pdf import text_of
from tests.stack import Stack, token

PAYMENT = "query($id: ID!) { payment(id: $id) { receipt { number issuedAt pdfUrl } } }"


async def receipt_of(stack: Stack, payment_id: str) -> Any:
    return (await stack.data(PAYMENT, {"id": payment_id}))["payment"]["receipt"]


async def payments_by_card(stack: Stack, *emails: str) -> list[str]:
    """Let people subscribe and pay by card at once; return the ids of their payments."""
    plan = await a_plan(stack, trialDays=0)
    subscriptions = await asyncio.gather(
        *(subscribe(stack, plan, email, card="tok_visa") for email in emails)
    )
    await stack.idle()
    found = [(await details(stack, one))["invoices"][0]["payments"][0] for one in subscriptions]
    assert {payment["status"] for payment in found} == {"COMPLETED"}
    return [payment["id"] for payment in found]


async def test_receipts_are_numbered_without_gaps_when_they_are_asked_for(stack: Stack) -> None:
    people = [f"p{n}@example.com" for n in range(6)]
    payments = await payments_by_card(stack, *people)
    urls = [f"/receipts/{payment}.pdf" for payment in payments]
    assert await receipt_of(stack, payments[0]) == {"number": None, "issuedAt": None, "pdfUrl": urls[0]}

    bearer = {"authorization": f"Bearer {stack.operator}"}
    answers = await asyncio.gather(*(stack.http.get(url, headers=bearer) for url in urls * 2))

    receipts = [await receipt_of(stack, payment) for payment in payments]
    assert sorted(one["number"] for one in receipts) == [f"RCT-{n:06d}" for n in range(1, 7)]
    for answer, receipt in zip(answers, receipts * 2, strict=True):
        assert f"Recibo {receipt['number']}" in text_of(answer)
    series = await read_number_series(stack.deps.store, RECEIPTS, RECEIPT_SERIES)
    assert (series.numbers, series.highest, series.counter) == (6, 6, 6)

    mine = {"authorization": f"Bearer {token(role='customer', email=people[0])}"}
    pdf = await stack.http.get(urls[0], headers=mine)
    assert pdf.headers["content-disposition"] == f'attachment; filename="receipt-{receipts[0]["number"]}.pdf"'
    assert "R$ 29,99" in text_of(pdf)
    assert (await stack.http.get(urls[1], headers=mine)).status_code == 404
    assert (await stack.http.get(urls[0])).status_code == 401


async def test_money_that_waits_has_none_and_a_link_shows_it_once_it_came(stack: Stack) -> None:
    invoice = await an_invoice(stack)
    link, [payment] = await link_of(stack, invoice["id"]), invoice["payments"]
    headers = {"x-ciclo-link": link}
    path = f"/api/invoice-link/receipts/{payment['id']}.pdf"
    assert await receipt_of(stack, payment["id"]) is None
    assert (await stack.http.get(path, headers=headers)).status_code == 404

    await stack.http.post(f"/api/invoice-link/payments/{payment['id']}/settle", headers=headers)
    await stack.idle()

    assert "Recibo RCT-000001" in text_of(await stack.http.get(path, headers=headers))
    shown = (await ask(stack, link)).json()["data"]["invoice"]["payments"]
    assert [one["receipt"] for one in shown] == [{"number": "RCT-000001"}]
