"""The page of plans shows each product once, at its price in the chosen cycle."""

import re

from playwright.async_api import expect

from tests.browser.shop import ANA, change, offer, subscriber
from tests.browser.windows import Windows, enter
from tests.journeys.asking import a_plan
from tests.stack import Stack, token


async def test_a_product_is_one_card_whose_price_is_that_of_the_chosen_cycle(
    windows: Windows, stack: Stack
) -> None:
    prices = [("79.90", "BRL", "MONTHLY"), ("15.00", "USD", "MONTHLY"), ("719.10", "BRL", "ANNUAL")]
    await change(
        stack,
        "createProduct",
        name="Personal",
        prices=[
            {"price": {"amount": amount, "currency": currency}, "billingCycle": cycle, "trialDays": 0}
            for amount, currency, cycle in prices
        ],
    )
    await change(
        stack,
        "createProduct",
        name="Estúdio",
        prices=[{"price": {"amount": "199.90"}, "billingCycle": "MONTHLY"}],
    )
    page = await windows.as_customer(ANA)
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=2))

    await expect(cards).to_have_count(2)
    await expect(cards.first.get_by_text("R$ 79,90")).to_be_visible()
    await page.get_by_label("Anual").check()

    # 719.10 a year is 59.93 a month (59.925), and a quarter less than 12 times 79.90 = 958.80.
    await expect(cards).to_have_count(1)
    await expect(cards.first.get_by_text("R$ 59,93")).to_be_visible()
    await expect(cards.first.get_by_text("25%")).to_be_visible()


async def test_plans_are_those_of_the_viewers_audience_and_what_the_seller_recommends_is_marked(
    windows: Windows, stack: Stack
) -> None:
    for name, amount, audience in [
        ("Aluno", "29.90", "ALUNO"),
        ("Personal", "79.90", "PERSONAL"),
        ("Apoio", "9.90", None),
    ]:
        await change(
            stack,
            "createProduct",
            name=name,
            userType=audience,
            recommended=name == "Apoio",
            prices=[{"price": {"amount": amount}, "billingCycle": "MONTHLY"}],
        )
    page = await windows.as_customer(ANA)
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=2))

    await expect(cards).to_have_count(3)
    await expect(cards.filter(has_text="Recomendado")).to_have_text(re.compile("Apoio"))
    await page.get_by_label("Aluno").check()

    await expect(cards).to_have_count(2)
    await expect(cards.filter(has_text="Personal")).to_have_count(0)

    page = await windows.open()
    await enter(page, "/", bearer=token(role="customer", email="bia@example.com", user_type="PERSONAL"))

    await expect(page.get_by_role("heading", name="Personal")).to_be_visible()
    await expect(page.get_by_role("heading", name="Aluno")).to_have_count(0)
    await expect(page.get_by_label("Aluno")).to_have_count(0)


async def test_one_of_more_plans_than_a_page_holds_is_still_the_customers(
    windows: Windows, stack: Stack
) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Aluno"])
    for number in range(100):
        await a_plan(stack, name=f"Plano {number}")

    page = await windows.as_customer(ANA, "/planos")

    await expect(page.get_by_text("Seu plano")).to_be_visible()
    await expect(page.get_by_role("heading", level=2)).to_have_count(104)
