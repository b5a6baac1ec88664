"""What a page must be for everybody: without accessibility faults, and never wider than its window."""

from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Request, expect

AXE_SCRIPT: Final = Axe().axe_script
BUSY: Final = '[aria-busy="true"], .is-stale'


async def is_settled(page: Page) -> None:
    """Wait until a page has its title and nothing on it is still loading."""
    await expect(page.locator("h1")).to_be_visible()
    await expect(page.locator(BUSY)).to_have_count(0)


async def axe_faults(page: Page) -> list[str]:
    """Return each violation of WCAG or good practice that axe finds, with the elements that it is about."""
    await is_settled(page)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes']]}"
        for one in found["violations"]
    ]


async def sideways_px(page: Page) -> int:
    """Return by how much the page is wider than its window."""
    await is_settled(page)
    wider: int = await page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


async def assert_fit_for_all(page: Page) -> None:
    """Fail if axe finds anything, or the page scrolls sideways."""
    assert await axe_faults(page) == []
    assert await sideways_px(page) == 0


def recorded(page: Page) -> list[Request]:
    """Return a list that every request of *page* is going to be added to."""
    requests: list[Request] = []

    def record(request: Request) -> None:
        requests.append(request)

    page.on("request", record)
    return requests
