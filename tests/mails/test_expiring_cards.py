"""A card that is about to end: its payer is told once, and not when nothing is paid by it any more."""

from datetime import date
from typing import Any

from ciclo.actions.mails.reminders import write_reminders
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.mails.post_office import PostOffice
from tests.mails.test_asking import change
from tests.mails.test_year import PIX
from tests.stack import Stack, local, running_stack, until

ANA, BIA, CAIO = "ana@example.com", "bia@example.com", "caio@example.com"


def a_card(month: int, year: int) -> dict[str, Any]:
    card = {"number": "4242424242424242", "holderName": "Ana Souza", "cvv": "123"}
    return {"card": card | {"expirationMonth": month, "expirationYear": year}}


async def told(stack: Stack) -> list[tuple[str, str]]:
    found = stack.deps.store["mails"].find({"kind": "CARD_EXPIRING"}).sort("to", 1)
    return [(one["to"], f"{one['at']:%Y-%m-%d}") async for one in found]


async def test_who_pays_by_it_is_told_once_and_who_replaced_it_is_not(
    settings: Settings, office: PostOffice
) -> None:
    async with running_stack(settings) as stack:
        await stack.advance(to=local(date(2027, 1, 4)))
        first, second = await a_plan(stack, name="Básico"), await a_plan(stack, name="Extra")
        ending = a_card(3, 2027)
        for plan in (first, second):
            await subscribe(stack, plan, ANA, paymentMethod=ending)
        bias = await subscribe(stack, first, BIA, paymentMethod=ending)
        await subscribe(stack, first, CAIO, paymentMethod=a_card(12, 2030))
        assert (await change(stack, {"kind": "CARD_EXPIRING", "enabled": True, "days": [-20]}))["rules"]
        await stack.advance(to=local(date(2027, 3, 12)))
        assert await told(stack) == [(ANA, "2027-03-11"), (BIA, "2027-03-11")]

        changed = await mutate(stack, "updatePaymentMethod", subscriptionId=bias, paymentMethod=PIX)
        assert changed == []
        await change(stack, {"kind": "CARD_EXPIRING", "enabled": True, "days": [-10]})
        await stack.deps.store["settings"].delete_many({"_id": "mail_reminders"})
        stack.deps.reminded.day = None
        await stack.advance(to=local(date(2027, 3, 25)))
        await write_reminders(stack.deps, now=await stack.deps.clock.now())
        assert await told(stack) == [(ANA, "2027-03-11"), (BIA, "2027-03-11")]

    async with running_stack(settings, keep=True, mailers=1) as sending:
        await until(lambda: _none_waits(sending))
        [bia] = await sending.deps.store["mails"].find({"kind": "CARD_EXPIRING", "to": BIA}).to_list(None)
        assert (bia["state"], bia["void_reason"]) == ("VOID", "SETTLED")
    [ana] = [mail for mail in office.came if "vence em 03/2027" in mail["Subject"]]
    assert (ana["To"], ana["Subject"]) == (ANA, "Cartão Visa final 4242 vence em 03/2027")
    text = ana.get_body(("plain",))
    assert text is not None
    assert "Validade: 03/2027" in text.get_content()
    assert "/assinatura" in text.get_content()


async def _none_waits(stack: Stack) -> bool:
    return await stack.deps.store["mails"].find_one({"state": "WAITING"}) is None
