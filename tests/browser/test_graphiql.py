"""GraphiQL in a browser: as whom one is signed in, under its policy, with nobody else's help."""

import re
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Locator, Page, expect

from tests.browser.shop import ANA, offer, subscriber
from tests.browser.windows import enter as enter_as
from tests.stack import Stack, token

OF_ALL = "{ subscriptions(first: 1) { edges { node { customer { email } } } } }"
STARTERS = re.findall(r"```graphql\n(.*?)```", Path("README.md").read_text(), re.DOTALL)
LIVE = "subscription { subscriptionUpdated { status } }"


async def enter(page: Page, query: str) -> Locator:
    """Open the page as the operator with *query*, and return the editor once it can be typed into."""
    bearer = token(role="admin", email="admin@example.com")
    await enter_as(page, f"/graphql?q={quote(query)}", bearer=bearer)
    editor = page.get_by_label("Query Editor")
    await expect(editor).to_contain_text(query)
    return editor


async def test_it_asks_as_who_is_signed_in(page: Page, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])

    await enter(page, OF_ALL)
    await page.get_by_role("button", name="Execute query").click()

    await expect(page.get_by_label("Result Window")).to_contain_text(ANA)


async def test_a_subscription_goes_on_over_a_socket(page: Page, stack: Stack) -> None:
    plans = await offer(stack)
    await enter(page, LIVE)
    async with page.expect_websocket():
        await page.get_by_role("button", name="Execute query").click()

    await subscriber(stack, plans["Personal"])

    await expect(page.get_by_label("Result Window")).to_contain_text("ACTIVE")


async def test_the_schema_and_the_explorer_are_there(page: Page, stack: Stack) -> None:
    await enter(page, OF_ALL)

    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await expect(page.get_by_role("link", name="Mutation").first).to_be_visible()
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await expect(page.get_by_text("subscriptions", exact=True).first).to_be_visible()


async def test_what_is_edited_is_in_the_address(page: Page, stack: Stack) -> None:
    editor = await enter(page, OF_ALL)
    await editor.click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("{ __typename ")

    await page.wait_for_url("**/graphql?*q=*__typename*")
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_label("Result Window")).to_contain_text('"Query"')


def readme_queries() -> list[str]:
    return re.findall(r"```graphql\n(.*?)```", Path("README.md").read_text(encoding="utf-8"), re.DOTALL)


async def test_it_opens_with_the_readmes_queries(page: Page, stack: Stack) -> None:
    plans = await offer(stack)
    await enter_as(page, "/graphql", bearer=stack.operator)
    editor = page.get_by_label("Query Editor")
    tabs = page.get_by_role("tab")

    await expect(tabs).to_have_count(len(STARTERS))
    for place, query in enumerate(STARTERS):
        await tabs.nth(place).click()
        for line in query.strip().splitlines():
            await expect(editor).to_contain_text(line.strip())
    await tabs.first.click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_label("Result Window")).to_contain_text(plans["Personal"])
