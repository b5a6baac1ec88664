"""The pages of figures: chosen days beside those before them, who stayed, what is to come, who is late."""

import re
from datetime import date
from decimal import Decimal

from playwright.async_api import Page, expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import ANA, MARCH_1, change, offer, subscriber
from tests.browser.windows import PHONE, Windows
from tests.stack import Stack, local

BRUNO = "bruno@example.com"
APRIL_20, MAY_3 = date(2027, 4, 20), date(2027, 5, 3)
STEPS = (
    "MRR no início",
    "Novos clientes",
    "Expansões",
    "Reativações",
    "Retomadas",
    "Reduções",
    "Cancelamentos",
    "Pausas",
    "MRR no fim",
)


async def a_spring(stack: Stack) -> None:
    """Ana begins in March and leaves in April; Bruno comes then, and his card fails in May."""
    plans = await offer(stack)
    anas = await subscriber(stack, plans["Aluno"], since=MARCH_1)
    brunos = await subscriber(stack, plans["Personal"], email=BRUNO, card="tok_visa", since=APRIL_20)
    await change(stack, "cancelSubscription", subscriptionId=anas, cancelImmediately=True)
    await change(
        stack,
        "updatePaymentMethod",
        subscriptionId=brunos,
        paymentMethod={"cardToken": "tok_charge_declined"},
    )


async def steps(page: Page) -> dict[str, Decimal]:
    """Return what each step of the waterfall says, in reais."""
    rows = page.locator(".waterfall li")
    await expect(rows).to_have_count(len(STEPS))
    found = {}
    for name, text in zip(STEPS, await rows.all_inner_texts(), strict=True):
        assert text.startswith(name)
        amount = re.sub(r"[^\d,\u2212]", "", text.removeprefix(name)).replace(",", ".").replace("\u2212", "-")
        found[name] = Decimal(amount)
    return found


async def test_days_are_compared_with_those_before_them_and_the_steps_add_up(
    windows: Windows, stack: Stack
) -> None:
    await a_spring(stack)
    # Days are the seller's, wherever they are read
    page = await windows.as_operator("/admin/numeros", timezone_id="America/Manaus")

    await expect(page.get_by_text("1 abr. 2027 a 20 abr. 2027, comparado com 1 mar.")).to_be_visible()
    mrr = page.locator(".kpi").filter(has=page.get_by_text("MRR no fim", exact=True))
    await expect(mrr).to_contain_text("R$ 79,90")
    await expect(mrr).to_contain_text("Antes: R$ 29,90")
    told = await steps(page)
    assert told == dict.fromkeys(STEPS, Decimal(0)) | {
        "MRR no início": Decimal("29.90"),
        "Novos clientes": Decimal("79.90"),
        "Cancelamentos": Decimal("-29.90"),
        "MRR no fim": Decimal("79.90"),
    }
    assert sum(list(told.values())[:-1]) == told["MRR no fim"]
    heat = page.get_by_role("table", name="Quem ficou").get_by_role("row")
    # In words, too: of March's customer nobody is left, of April's everybody
    await expect(heat.nth(1)).to_contain_text("março de 20271100% (1 de 1)0% (0 de 1)")
    await expect(heat.nth(2)).to_contain_text("abril de 20271100% (1 de 1)")
    await expect(page.get_by_text("Renovações", exact=True).locator("..")).to_contain_text("R$ 79,90")
    await assert_fit_for_all(page)

    await page.get_by_label("Período").select_option("days")
    await page.get_by_label("Do dia").fill("2027-03-01")
    await page.wait_for_url("**/admin/numeros?periodo=days&de=2027-03-01&ate=2027-04-20")
    await expect(page.locator(".waterfall li").first).to_contain_text("R$ 0,00")
    await page.reload()
    assert (await steps(page))["Novos clientes"] == Decimal("109.80")


async def test_who_is_late_is_told_with_the_reason_the_next_try_and_ways_to_write(
    windows: Windows, stack: Stack
) -> None:
    await a_spring(stack)
    await stack.advance(to=local(date(2027, 5, 23)))
    page = await windows.as_operator(
        "/admin/atrasos", size=PHONE, has_touch=True, is_mobile=True, timezone_id="Asia/Tokyo"
    )

    row = page.get_by_role("table", name="Em atraso").get_by_role("row").filter(has_text=BRUNO)
    for text in ("3 dias", "venceu em 20 mai. 2027", "27 mai. 2027", "R$ 79,90"):
        await expect(row).to_contain_text(text)
    await expect(row.get_by_role("link", name="Escrever")).to_have_attribute(
        "href", re.compile(r"^mailto:bruno%40example\.com\?subject=")
    )
    await expect(page.get_by_text("Nenhum estorno atrasado")).to_be_visible()
    await expect(page.get_by_text(ANA)).to_have_count(0)
    await assert_fit_for_all(page)
    await row.get_by_role("link", name=re.compile("INV-")).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Fatura INV-")
