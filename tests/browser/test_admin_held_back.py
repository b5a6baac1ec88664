"""What the clock can't move on is on the events page, for as long as it is so."""

from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import ViewportSize, expect

from ciclo.actions.clock import read_wall_clock
from ciclo.domain.ids import SubscriptionId
from ciclo.store.events.due_faults import forget_due_fault, hold_back
from tests.browser.seeing import assert_fit_for_all
from tests.browser.shop import offer, subscriber
from tests.browser.windows import DESKTOP, NARROW, PHONE, Windows
from tests.stack import Stack

SECTION: Final = "Paradas no relógio"
OTHER: Final = "sub_01kdvdna00e32vkv07bdtnp9b"
LONG_ERROR: Final = (
    "KeyError: 'no_field_has_a_name_as_long_as_this_one_which_goes_on_and_on_for_ever_and_ever'"
)


@pytest.mark.parametrize("size", [DESKTOP, PHONE, NARROW])
async def test_what_is_held_back_is_named_with_its_error_and_its_next_try(
    windows: Windows, stack: Stack, size: ViewportSize
) -> None:
    plans = await offer(stack)
    subscription = SubscriptionId(await subscriber(stack, plans["Aluno"]))
    now = read_wall_clock()
    await hold_back(stack.deps.store, subscription, error="KeyError: 'terms'", now=now)
    for number in range(2):
        other = SubscriptionId(f"{OTHER}{number}")
        for tries in range(1 + number):
            await hold_back(stack.deps.store, other, error=LONG_ERROR, now=now + timedelta(hours=1 + tries))

    page = await windows.as_operator("/admin/eventos", size=size)

    section = page.get_by_role("region", name=SECTION)
    await expect(section.get_by_role("listitem")).to_have_count(3)
    first = section.get_by_role("listitem").first
    await expect(first.get_by_text("KeyError: 'terms'")).to_be_visible()
    await expect(first).to_contain_text("1 tentativa,")
    await expect(section.get_by_role("listitem").last).to_contain_text("2 tentativas,")
    # Nothing of an error is cut off: it is what a person goes by.
    for shown in await section.locator(".mono").all():
        assert await shown.evaluate("one => one.scrollWidth <= one.clientWidth || !one.clientWidth")
    await assert_fit_for_all(page)
    await first.get_by_role("link").click()
    await expect(page).to_have_url(f"{stack.url}/admin/assinaturas/{subscription}")


async def test_nothing_is_said_while_nothing_is_held_back(windows: Windows, stack: Stack) -> None:
    held = SubscriptionId(f"{OTHER}0")
    await hold_back(stack.deps.store, held, error="KeyError: 'terms'", now=read_wall_clock())
    page = await windows.as_operator("/admin/eventos")
    section = page.get_by_role("region", name=SECTION)
    await expect(section).to_be_visible()

    await forget_due_fault(stack.deps.store, held)
    await page.reload()

    await expect(page.get_by_role("heading", name="Eventos", exact=True)).to_be_visible()
    await expect(section).to_have_count(0)
