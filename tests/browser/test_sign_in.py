from playwright.async_api import expect

from tests.browser.seeing import assert_fit_for_all
from tests.browser.windows import Windows
from tests.journeys.asking import a_plan
from tests.stack import Stack


async def test_a_printed_link_signs_in(windows: Windows, stack: Stack) -> None:
    await a_plan(stack, name="Personal")

    page = await windows.as_customer("ana@example.com")

    await expect(page.get_by_role("heading", name="Personal")).to_be_visible()
    assert page.url == f"{stack.url}/"
    await assert_fit_for_all(page)
