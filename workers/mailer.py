"""The mailer: sends what waits to be told to people. Any number may run."""

from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, open_deps
from ciclo.actions.mails.send import Mailer, send_mails
from ciclo.settings.settings import Settings
from workers.process import stop_on_signals


async def main(settings: Settings) -> None:
    """Send mails until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps:
        await send_mails(Mailer(deps=deps, stop=stop))
