"""What subscribers see of their plan's limits: how much they use, as it happens, and the plan with more."""

from datetime import date

from playwright.async_api import expect

from tests.browser.shop import ANA, MARCH_1, change, offer, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import a_plan
from tests.stack import Stack


async def test_use_is_shown_against_the_limit_while_it_grows_and_leads_to_the_plan_with_more(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack, limits=[{"name": "Alunos", "value": 30}])
    studio = await a_plan(
        stack,
        name="Rede",
        price={"amount": "499.00"},
        trialDays=0,
        limits=[{"name": "Alunos", "unlimited": True}],
    )
    subscription = await subscriber(stack, plans["Personal"], since=MARCH_1)
    page = await windows.as_customer(ANA, "/assinatura")
    about = {"customer": {"email": ANA}, "feature": "Alunos"}
    await expect(page.get_by_text("0 de 30", exact=True)).to_be_visible()
    await expect(page.get_by_text("Precisa de mais?")).to_have_count(0)

    # The app counts, and the page that is open shows it.
    await change(stack, "setUsage", **about, used=29)
    await expect(page.get_by_text("29 de 30", exact=True)).to_be_visible()
    await change(stack, "setUsage", **about, used=32)
    await expect(page.get_by_text("32 de 30, 2 além do limite", exact=True)).to_be_visible()

    await page.get_by_role("link", name="Precisa de mais? Veja o plano Rede").click()
    await expect(page.get_by_role("heading", name="Mudar para Rede")).to_be_visible()
    await change(stack, "changePlan", subscriptionId=subscription, planId=studio, timing="IMMEDIATE")
    await page.get_by_role("link", name="Assinatura", exact=True).click()
    await expect(page.get_by_text("32, sem limite", exact=True)).to_be_visible()


async def test_a_metered_limit_says_until_when_and_in_english_too(windows: Windows, stack: Stack) -> None:
    await change(stack, "registerFeature", key="Alunos", kind="METERED", reset="PERIOD")
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"], since=date(2027, 3, 1))
    page = await windows.as_customer(ANA, "/assinatura")
    await expect(page.get_by_text("até 1 abr. 2027", exact=True)).to_be_visible()

    await page.evaluate("localStorage.setItem('ciclo.language', 'en')")
    await page.reload()
    await expect(page.get_by_text("0 of 30 until Apr 1, 2027")).to_be_visible()
