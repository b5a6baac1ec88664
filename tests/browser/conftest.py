"""Browser tests: Debian's Chromium, on the portal of a real stack that each test has for itself."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.due_work import run_due_work
from ciclo.web.portal import FILES
from tests.browser.guard import Guard
from tests.browser.windows import PHONE, WAIT_MS_MAX, Windows, opened
from tests.stack import Stack, running_stack, settings_for

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
SWITCHES: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Belt and braces: the guard sees what was asked for, and this keeps it on this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
SWEEP_S: Final = 0.05

_FAILED: Final = pytest.StashKey[bool]()

expect.set_options(timeout=WAIT_MS_MAX)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def executable() -> str:
    """A Chromium that is installed here: none is ever downloaded."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, f"the browser tests need one of {', '.join(NAMES)} on PATH: apt-get install chromium"
    return found


@pytest.fixture(scope="session")
def portal() -> Path:
    """The portal as it was built."""
    assert (FILES / "index.html").is_file(), "the portal is not built, so run: ciclo assets"
    return FILES


@pytest.fixture(scope="session")
async def browser(executable: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield chromium
        await chromium.close()


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str, portal: Path
) -> AsyncIterator[Stack]:
    """An empty stack with all its workers, on a port of its own; its clock can be moved."""
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running, AsyncExitStack() as ending:
        stop = asyncio.Event()
        scheduler = asyncio.create_task(_schedule(running.deps, stop))
        ending.push_async_callback(lambda: scheduler)
        ending.callback(stop.set)
        yield running


@pytest.fixture
async def guard() -> AsyncIterator[Guard]:
    guard = Guard()
    yield guard
    assert guard.unexpected == []


@pytest.fixture
async def windows(
    browser: Browser, stack: Stack, guard: Guard, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Windows]:
    """Opens windows; those that are open when a test fails are pictured in the test's folder."""
    async with opened(browser, stack, guard) as windows:
        yield windows
        if request.node.stash.get(_FAILED, False):
            for file in await windows.picture(tmp_path):
                print(f"screenshot: {file}")  # noqa: T201 - pytest shows it below the failure


@pytest.fixture
async def page(windows: Windows) -> Page:
    """A window on a desk."""
    return await windows.open()


@pytest.fixture
async def phone(windows: Windows) -> Page:
    """A window on a phone."""
    return await windows.open(size=PHONE, has_touch=True, is_mobile=True)


async def _schedule(deps: Deps, stop: asyncio.Event) -> None:
    """Let time pass for what falls due, as the scheduler's process does."""
    while not stop.is_set():
        await run_due_work(deps, now=await deps.clock.now())
        await asyncio.sleep(SWEEP_S)


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Name the cases of a test that runs at several sizes."""
    return f"{val['width']}px" if isinstance(val, dict) and set(val) == {"width", "height"} else None
