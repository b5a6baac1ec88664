"""The team's page: somebody is invited by mail, works, is given other roles and taken out."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import ViewportSize, expect

from ciclo.actions.access.members import invite_by_command
from ciclo.actions.mails.send import fill_mailbox
from ciclo.permissions import OperatorRole
from ciclo.settings.mail import MailDelivery
from tests.access.test_operations import acts
from tests.browser.seeing import assert_fit_for_all
from tests.browser.windows import DESKTOP, PHONE, Windows
from tests.mails.test_sign_in_links import BY
from tests.stack import Stack, running_stack, settings_for, until

TABLET: Final = ViewportSize(width=768, height=1024)
INVITATION: Final[dict[str, Any]] = {"kind": "INVITATION", "state": "SENT"}
SAM: Final = "sam@example.com"


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str, portal: Path
) -> AsyncIterator[Stack]:
    """A stack whose mails go to its mailbox, and whose sessions are looked up each time."""
    settings = settings_for(
        mongo_url,
        redis_url,
        database=database_name,
        prefix=stream_prefix,
        mail_delivery=MailDelivery.MAILBOX,
    )
    async with running_stack(settings) as running:
        yield running


async def invitation_link(stack: Stack) -> str:
    """Return where the invitation leads, once it has come."""

    async def has_come() -> bool:
        await fill_mailbox(stack.deps)
        return await stack.deps.store["mails"].find_one(INVITATION) is not None

    await until(has_come)
    found = re.search(r"http\S+#codigo=[\w-]+", str(await stack.deps.store["mails"].find_one(INVITATION)))
    assert found
    return found[0]


async def test_somebody_is_invited_works_and_is_taken_out(
    windows: Windows, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.web.sign_in.sessions.KNOWN_S_MAX", 0.0)
    await invite_by_command(stack.deps, "olga@example.com", [OperatorRole.OWNER], by=BY)
    page = await windows.as_operator("/admin/equipe")
    olga = page.get_by_role("row").filter(has_text="olga@example.com")
    await expect(olga).to_contain_text("Proprietário")
    dialog = page.get_by_role("dialog")

    await page.get_by_role("button", name="Convidar pessoa").click()
    await dialog.get_by_label("E-mail").fill("sam")
    await dialog.get_by_role("button", name="Enviar convite").click()
    await expect(dialog.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    await assert_fit_for_all(page)
    await dialog.get_by_label("E-mail").fill(SAM)
    await dialog.get_by_role("button", name="Enviar convite").click()
    sam = page.get_by_role("row").filter(has_text=SAM)
    await expect(sam).to_contain_text("Convidada")
    await expect(sam).to_contain_text("Atendimento")
    for size in (DESKTOP, TABLET, PHONE):
        await page.set_viewport_size(size)
        await assert_fit_for_all(page)

    theirs = await windows.open()
    await theirs.goto(await invitation_link(stack))
    await expect(theirs.get_by_role("heading", level=1, name="Clientes")).to_be_visible()
    await expect(theirs.get_by_role("link", name="Acesso")).to_have_count(0)

    await sam.get_by_role("button", name="Mudar funções").click()
    await dialog.get_by_label("Desenvolvimento").check()
    await dialog.get_by_role("button", name="Salvar funções").click()
    await expect(sam).to_contain_text("Atendimento, Desenvolvimento")
    await theirs.goto("/admin/acesso/chaves")
    await expect(theirs.get_by_role("heading", level=1, name="Chaves de API")).to_be_visible()

    await sam.get_by_role("button", name="Remover").click()
    await dialog.get_by_role("button", name="Remover").click()
    await expect(sam).to_have_count(0)
    await theirs.reload()
    await expect(theirs.get_by_role("button", name="Enviar link de acesso")).to_be_visible()

    await olga.get_by_role("button", name="Remover").click()
    await dialog.get_by_role("button", name="Remover").click()
    await expect(dialog.get_by_text("Não há outro proprietário.")).to_be_visible()
    done = [act["action"] for act in await acts(stack)]
    assert done[:3] == ["removeMember", "changeMemberRole", "inviteMember"]
