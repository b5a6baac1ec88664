"""What operators see of mails and change: rules, previews, one by hand, and addresses that are broken."""

from typing import Any

from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details, subscribe
from tests.mails.post_office import PostOffice
from tests.stack import Stack, running_stack, until

MAILS = """
query($filter: MailFilter) { mails(filter: $filter) { totalCount edges { node {
  id kind to state voidReason subject content { subject text page } } } } }"""
RULES = "query { mailRules { kind enabled days } }"
UPDATE = """
mutation($input: UpdateMailRulesInput!) {
  updateMailRules(input: $input) { rules { kind enabled days } userErrors { code field } } }"""
SEND = """
mutation($input: SendMailInput!) { sendMail(input: $input) { mail { id state } userErrors { code } } }"""
PREVIEW = """
query($kind: MailKind!, $about: ID!) {
  mailPreview(kind: $kind, about: $about) { voidReason content { subject text page } } }"""


async def mails(stack: Stack, **wanted: str) -> list[dict[str, Any]]:
    found = await stack.data(MAILS, {"filter": wanted})
    return [edge["node"] for edge in found["mails"]["edges"]]


async def send(stack: Stack, invoice: str, kind: str, **more: str) -> tuple[dict[str, Any], list[str]]:
    answer = (await stack.data(SEND, {"input": {"invoiceId": invoice, "kind": kind} | more}))["sendMail"]
    return answer["mail"], [error["code"] for error in answer["userErrors"]]


async def change(stack: Stack, *rules: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await stack.data(UPDATE, {"input": {"rules": list(rules)}}))["updateMailRules"]
    return answer


async def test_rules_are_changed_kept_logged_and_obeyed(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        changed = await change(
            stack,
            {"kind": "INVOICE_ISSUED", "enabled": False},
            {"kind": "INVOICE_DUE", "enabled": True, "days": [0, -7]},
        )
        assert changed["userErrors"] == []
        rules = {rule["kind"]: rule for rule in (await stack.data(RULES))["mailRules"]}
        assert rules["INVOICE_ISSUED"]["enabled"] is False
        assert rules["INVOICE_DUE"]["days"] == [-7, 0]
        assert rules["INVOICE_OVERDUE"]["days"] == [1, 3, 7]
        refused = await change(stack, {"kind": "INVOICE_DUE", "enabled": True, "days": [5]})
        assert [error["code"] for error in refused["userErrors"]] == ["INVALID_VALUE"]
        logged = await stack.deps.store["operations"].find_one({"action": "updateMailRules"})
        assert logged is not None
        await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com")
        assert await mails(stack) == []


async def test_one_mail_by_hand_and_a_broken_address_that_is_tried_again(
    settings: Settings, office: PostOffice
) -> None:
    office.replies = {"ana@example.com": "550 no such user"}
    async with running_stack(settings, mailers=1) as stack:
        sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com")
        await until(lambda: _states(stack, ["BOUNCED"]))
        [issued] = await mails(stack, state="BOUNCED")
        assert (issued["kind"], issued["to"]) == ("INVOICE_ISSUED", "ana@example.com")
        assert await _is_broken(stack, sub)
        invoice = (await details(stack, sub))["invoices"][0]["id"]

        office.replies = {}
        sent, refused = await send(stack, invoice, "INVOICE_OVERDUE", idempotencyKey="once")
        again, _ = await send(stack, invoice, "INVOICE_OVERDUE", idempotencyKey="once")
        assert (refused, again["id"]) == ([], sent["id"])
        await until(lambda: _states(stack, ["BOUNCED", "SENT"]))
        assert not await _is_broken(stack, sub)
        [overdue] = await mails(stack, about=invoice, state="SENT")
        assert overdue["subject"] == office.subjects[0]

        assert await send(stack, invoice, "PAYMENT_RECEIVED") == (None, ["INVALID_VALUE"])
        shown = (await stack.data(PREVIEW, {"kind": "INVOICE_DUE", "about": invoice}))["mailPreview"]
        assert shown["content"]["subject"].startswith("A fatura INV-000001 vence")
        paid = (await stack.data(PREVIEW, {"kind": "TRIAL_ENDING", "about": sub}))["mailPreview"]
        assert paid == {"voidReason": "SETTLED", "content": None}


async def _states(stack: Stack, expected: list[str]) -> bool:
    found = await stack.deps.store["mails"].distinct("state")
    return sorted(found) == expected


async def _is_broken(stack: Stack, subscription_id: str) -> bool:
    query = "query($id: ID!) { subscription(id: $id) { customer { emailBroken } } }"
    answer = await stack.data(query, {"id": subscription_id})
    broken: bool = answer["subscription"]["customer"]["emailBroken"]
    return broken
