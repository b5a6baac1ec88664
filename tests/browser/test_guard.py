"""The guard itself: what it does not see, no test in this folder proves."""

from typing import Final

import pytest
from playwright.async_api import Page

from tests.browser.guard import Guard
from tests.stack import Stack, until

WAIT_S_MAX: Final = 5.0
FOREIGN: Final = "https://cdn.example.com/font.woff2"


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        pytest.param(
            f"fetch('{FOREIGN}').catch(() => 0)", f"policy: connect-src refuses {FOREIGN}", id="fetch"
        ),
        pytest.param(
            f"document.body.append(Object.assign(new Image(), {{ src: '{FOREIGN}' }}))",
            f"policy: img-src refuses {FOREIGN}",
            id="image",
        ),
        pytest.param(
            "document.body.setAttribute('onclick', 'alert(1)'); document.body.click()",
            "policy: script-src-attr refuses inline",
            id="inline script",
        ),
        pytest.param("void setTimeout(() => { throw new Error('lost') })", "uncaught: lost", id="error"),
        pytest.param("console.error('odd')", "console: odd", id="console"),
    ],
)
async def test_the_guard_sees_a_fault(page: Page, guard: Guard, script: str, fault: str) -> None:
    await page.goto("/")
    guard.expect(".")

    await page.evaluate(script)

    async def is_seen() -> bool:
        return any(fault in one for one in guard.faults)

    await until(is_seen, seconds=WAIT_S_MAX)


async def test_the_guard_sees_a_request_to_another_host(page: Page, guard: Guard, stack: Stack) -> None:
    guard.expect("cdn.example.com")
    await page.route("**/blank", lambda route: route.fulfill(body="<title>a page without a policy</title>"))
    await page.goto("/blank")

    await page.evaluate(f"fetch('{FOREIGN}').catch(() => 0)")

    assert f"request to another host: {FOREIGN}" in guard.faults
