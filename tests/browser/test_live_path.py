"""The whole way in live mode, against doubles: mail, the card's form, the bank, the receipt, the renewal."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from ciclo.actions.processing.due_work import run_due_work
from ciclo.settings.mail import MailDelivery
from tests.browser.guard import Guard
from tests.browser.seeing import assert_fit_for_all, recorded
from tests.browser.shop import ANA, offer
from tests.browser.stripe_stand_in import live_by_stripe, stripe_stand_in
from tests.browser.windows import PHONE, Windows, opened
from tests.gateways.fake_stripe import FakeStripe
from tests.mails.post_office import PostOffice, post_office
from tests.stack import Stack, running_stack, settings_for, until

ASKS_WHEN_KEPT: Final = "4000002500003155"
RENEWAL: Final = timedelta(days=32)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as post:
        yield post


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    async with stripe_stand_in() as account:
        yield account


@pytest.fixture
async def stack(
    stripe: FakeStripe,
    office: PostOffice,
    mongo_url: str,
    redis_url: str,
    database_name: str,
    stream_prefix: str,
    portal: Path,
) -> AsyncIterator[Stack]:
    """A live stack whose cards go to the stand-in, and whose mails to the post office."""
    settings = settings_for(
        mongo_url,
        redis_url,
        database=database_name,
        prefix=stream_prefix,
        **live_by_stripe(stripe),
        smtp_url=SecretStr(office.url),
        mail_delivery=MailDelivery.SMTP,
        mail_from="cobranca@loja.example",
        sign_in_newcomers=True,
    )
    async with running_stack(settings, mailers=1) as running:
        yield running


@pytest.fixture
async def windows(browser: Browser, stack: Stack, guard: Guard) -> AsyncIterator[Windows]:
    async with opened(browser, stack, guard) as windows:
        yield windows


async def mail_with(office: PostOffice, link: str, *, about: Callable[[str], bool]) -> str:
    """Wait for a mail, and return the address in it that *link* finds."""
    found: list[str] = []

    async def came() -> bool:
        for mail in office.came:
            text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            address = re.search(link, text)
            if address and about(str(mail["Subject"])):
                found.append(address[0])
        return bool(found)

    await until(came)
    return found[-1]


async def confirm_at_bank(page: Page) -> None:
    await page.get_by_role("button", name="Confirmar no banco").click()
    await expect(page.get_by_role("heading", name="Your bank asks")).to_be_visible()
    await page.get_by_role("button", name="Complete").click()


async def test_from_the_first_link_by_mail_to_a_renewal_that_failed(
    windows: Windows, stack: Stack, stripe: FakeStripe, office: PostOffice, tmp_path: Path
) -> None:
    plans = await offer(stack)
    page, phone = await windows.open(), await windows.open(size=PHONE, has_touch=True, is_mobile=True)
    requests, on_phone = recorded(page), recorded(phone)

    # In by a link that is mailed.
    await page.goto("/entrar")
    await page.get_by_label("E-mail").fill(ANA)
    await page.get_by_role("button", name="Enviar link de acesso").click()
    await page.goto(await mail_with(office, r"http\S+#codigo=[\w-]+", about=lambda _: True))
    await expect(page.get_by_role("button", name=f"Conta de {ANA}")).to_be_visible()

    # A card whose bank asks before it is kept; then the receipt comes.
    await page.goto(f"/checkout/{plans['Aluno']}")
    frame = page.frame_locator('iframe[title="Secure payment input frame"]')
    await frame.get_by_label("Card number").fill(ASKS_WHEN_KEPT)
    await page.get_by_role("button", name="Assinar e pagar").click()
    await page.frame_locator('iframe[title="Your bank"]').get_by_role("button", name="Complete").click()
    await expect(page.get_by_role("heading", name="Tudo certo")).to_be_visible()
    await mail_with(office, r"http\S+/i/[\w-]+", about=lambda subject: "ecib" in subject)

    # At the renewal the bank asks, and nobody is there: the mail leads to the invoice, on a phone.
    for method in stripe.methods.values():
        method.declines = "authentication_required"
    await run_due_work(stack.deps, now=stack.deps.wall() + RENEWAL)
    await phone.goto(await mail_with(office, r"http\S+/i/[\w-]+", about=lambda s: "Confirme" in s))
    await expect(phone.get_by_role("button", name="Confirmar no banco")).to_be_visible()
    await assert_fit_for_all(phone)
    await phone.screenshot(path=tmp_path / "asked.png", full_page=True)
    await confirm_at_bank(phone)
    await expect(phone.locator(".paid")).to_contain_text("Recebemos R$ 29,90")
    await phone.screenshot(path=tmp_path / "paid.png", full_page=True)
    assert "secret" not in phone.url

    await page.goto("/assinatura")
    await page.get_by_role("button", name=f"Conta de {ANA}").click()
    await page.get_by_role("button", name="Sair", exact=True).click()
    await expect(page.get_by_role("heading", name="Entrar", exact=True)).to_be_visible()

    sent = [*requests, *on_phone]
    bearing = {
        urlsplit(one.url).netloc
        for one in sent
        if ASKS_WHEN_KEPT in f"{one.url} {one.post_data} {one.headers}"
    }
    assert bearing == {urlsplit(stripe.url).netloc}
    hosts = {urlsplit(one.url).netloc for one in sent if one.url.startswith("http")}
    assert hosts == {urlsplit(stack.url).netloc, urlsplit(stripe.url).netloc}
