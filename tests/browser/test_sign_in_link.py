"""A link by mail: asked for, opened, and good for every tab until somebody signs out."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from ciclo.actions.mails.send import fill_mailbox
from ciclo.settings.mail import MailDelivery
from tests.browser.shop import ANA, offer, subscriber
from tests.stack import Stack, running_stack, settings_for, until

LINK_MAIL: Final[dict[str, Any]] = {"kind": "SIGN_IN", "state": "SENT"}


@pytest.fixture
async def stack(
    mongo_url: str,
    redis_url: str,
    database_name: str,
    stream_prefix: str,
    portal: Path,
) -> AsyncIterator[Stack]:
    """A stack whose mails go to its mailbox."""
    settings = settings_for(
        mongo_url,
        redis_url,
        database=database_name,
        prefix=stream_prefix,
        mail_delivery=MailDelivery.MAILBOX,
    )
    async with running_stack(settings) as running:
        yield running


async def test_a_link_by_mail_signs_in_for_every_tab_until_signing_out(page: Page, stack: Stack) -> None:
    plans = await offer(stack)
    await subscriber(stack, plans["Personal"])
    await page.goto("/entrar")
    await page.get_by_label("E-mail").fill(ANA)
    await page.get_by_role("button", name="Enviar link de acesso").click()
    await expect(page.get_by_role("heading", name="Veja seu e-mail")).to_be_visible()

    async def has_come() -> bool:
        await fill_mailbox(stack.deps)
        return await stack.deps.store["mails"].find_one(LINK_MAIL) is not None

    await until(has_come)
    mail = await stack.deps.store["mails"].find_one(LINK_MAIL)
    link = re.search(r"http\S+#codigo=[\w-]+", str(mail))
    assert link
    await page.goto(link[0])

    await expect(page.get_by_role("button", name=f"Conta de {ANA}")).to_be_visible()
    assert "codigo" not in page.url
    tab = await page.context.new_page()
    await tab.goto("/")
    await tab.get_by_role("button", name=f"Conta de {ANA}").click()
    await tab.get_by_role("button", name="Sair", exact=True).click()
    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()
