"""A mailer dies between the mail server's answer and its own note, again and again."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Final

from pydantic import SecretStr

from ciclo.settings.mail import MailDelivery
from ciclo.settings.settings import Settings
from ciclo.store.mails.mails import add_mails
from tests.chaos.processes import ROOT, environment, process
from tests.mails.post_office import post_office
from tests.mails.test_sending import a_sign_in, states
from tests.stack import Stack, running_stack, until

DEATHS: Final = 3


async def end_leases(stack: Stack) -> None:
    """Let the time pass after which what a dead mailer holds is anybody's."""
    await stack.deps.store["mails"].update_many({}, {"$set": {"held_until": datetime.now(UTC)}})


async def die(settings: Settings) -> None:
    """Run a mailer until it has killed itself."""
    worker = await process(
        sys.executable, str(ROOT / "tests/chaos/doomed_mailer.py"), env=environment(settings)
    )
    async with asyncio.timeout(60):
        assert await worker.wait() == -9


async def test_what_was_sent_and_not_noted_comes_again_under_the_same_id_and_then_is_given_up(
    settings: Settings,
) -> None:
    async with post_office() as office:
        changes = {
            "smtp_url": SecretStr(office.url),
            "mail_delivery": MailDelivery.SMTP,
            "mail_from": "loja@example.com",
            "deliveries_max": DEATHS,
        }
        mailing = settings.model_copy(update=changes)
        async with running_stack(mailing) as stack:
            poison = a_sign_in(stack.deps, "ana@example.com")
            await add_mails(stack.deps.store, [poison])
            for _ in range(DEATHS):
                await die(stack.deps.settings)
                await end_leases(stack)
            assert office.ids == [f"<{poison.id}@example.com>"] * DEATHS
            await add_mails(stack.deps.store, [a_sign_in(stack.deps, "bia@example.com")])
        async with running_stack(mailing, keep=True, mailers=1) as other:

            async def over() -> bool:
                return await states(other.deps) == {"ana@example.com": "FAILED", "bia@example.com": "SENT"}

            await until(over)
        assert len(office.came) == DEATHS + 1
