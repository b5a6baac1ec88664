"""Whatever somebody calls a plan is text, wherever it is shown."""

from playwright.async_api import expect

from tests.browser.seeing import is_settled
from tests.browser.shop import ANA, subscriber
from tests.browser.windows import Windows
from tests.journeys.asking import a_plan
from tests.stack import Stack

NAME = "<img src=x onerror=alert(1)>"
FEATURE = "<script>alert(2)</script>"
TEXT = "</p><svg onload=alert(3)>"


async def test_a_plan_named_like_markup_is_text_on_every_page(windows: Windows, stack: Stack) -> None:
    plan = await a_plan(stack, name=NAME, description=TEXT, features=[FEATURE], trialDays=0)
    other = await a_plan(stack, name="Personal", price={"amount": "79.90"}, trialDays=0)
    subscription = await subscriber(stack, plan)
    invoice = await stack.deps.store["invoices"].find_one({"subscription_id": subscription})
    assert invoice is not None
    page = await windows.as_customer(ANA, "/planos")
    await expect(page.get_by_text(FEATURE)).to_be_visible()
    await expect(page.get_by_text(TEXT)).to_be_visible()

    for path in (
        "/planos",
        f"/checkout/{plan}",
        "/assinatura",
        f"/assinatura/trocar/{other}",
        "/pagamentos",
        "/faturas",
        f"/faturas/{invoice['_id']}",
        f"/pagar/{invoice['_id']}",
    ):
        await page.goto(path)
        await is_settled(page)
        await expect(page.get_by_text(NAME).first).to_be_visible()
        assert await page.locator("img[src=x], #content script, [onload], [onerror]").count() == 0, path
