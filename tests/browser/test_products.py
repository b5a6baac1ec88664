"""The page of plans shows each product once, at its price in the chosen cycle."""

from playwright.async_api import expect

from tests.browser.shop import ANA, change
from tests.browser.windows import Windows
from tests.stack import Stack


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
