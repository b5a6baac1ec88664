"""The demo data: half a year of a small business, made by running it through the stack that was just started.

Nothing is inserted by hand: customers subscribe by the API, the clock moves, the engine bills, the
sandbox pays or declines. So every screen shows what the real thing looks like, and the audit is clean.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from ciclo.actions.advance_clock import set_first_instant
from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import open_deps
from ciclo.domain.errors.general import DateInPast
from ciclo.domain.ids import derived_id
from ciclo.domain.period import BillingCycle, boundary, local_date, start_of_day
from ciclo.localstack.choices import NoticeChoice, Role
from ciclo.localstack.folder import StackFolder
from ciclo.localstack.tokens import ADMIN_EMAIL, CUSTOMER_EMAIL, sign_token, signer_from
from ciclo.settings.settings import Settings
from ciclo.simulation.api import Api
from ciclo.simulation.notice import NoticeOptions, send_notice
from ciclo.simulation.player import Player
from ciclo.simulation.script import (
    ONCE_A_WEEK,
    Act,
    ChangePlan,
    NewCard,
    PayByPix,
    PayCodes,
    RefundPayment,
    Script,
    Subscribe,
    write_script,
)

SEED: Final = 2417
"""A business with one of everything, and few customers whose cards fail: each retry is a day of its own."""

CUSTOMERS: Final = 30
MONTHS: Final = 6
BUSY_MONTHS: Final = 2
"""The last ones, in which people act every week; before, every other week: a day takes a while to play."""

TWICE_A_MONTH: Final = ONCE_A_WEEK[:2]
TOKEN_LIFETIME: Final = timedelta(minutes=30)


async def load_demo(settings: Settings) -> str:
    """Play the demo so that it ends now; return what became of it in one line.

    A ledger in which something happened already is left alone.
    """
    now = read_wall_clock()
    today = local_date(now, settings.timezone)
    start = boundary(today, BillingCycle.MONTHLY, -MONTHS)
    async with open_deps(settings) as deps:
        try:
            # At midnight: the clock runs while plans are put on offer, and moves to opening hours after that.
            await set_first_instant(deps, at=start_of_day(start, settings.timezone))
        except DateInPast:
            return "left as it is: something happened here already"
    async with Api(settings.base_url, token=_operator_token(settings, now)) as api:
        player = Player(api, seed=SEED, timezone=settings.timezone)
        await player.offer_plans()
        await player.play(demo_script(start, today), progress=_say)
        await api.advance(read_wall_clock())
    await asyncio.to_thread(_send_unknown_payment, settings, today)
    acts = sum(player.tally.done.values())
    return f"{CUSTOMERS + 1} customers, {MONTHS} months, {acts} things that they did"


def demo_script(start: date, today: date) -> Script:
    """Return the demo: a crowd, and Ana, whose history has one of everything."""
    busy_from = boundary(today, BillingCycle.MONTHLY, -BUSY_MONTHS)

    def opens(day: date) -> bool:
        return day.day in (ONCE_A_WEEK if day >= busy_from else TWICE_A_MONTH)

    script = write_script(seed=SEED, customers=CUSTOMERS, start=start, months=MONTHS, opens=opens)
    for day, act in _ana(start):
        script.setdefault(day, []).insert(0, act)
    return {day: script[day] for day in sorted(script) if day < today}


def _ana(start: date) -> list[tuple[date, Act]]:
    """Return the story of the customer whom the portal's link signs in."""
    joins = boundary(start.replace(day=1), BillingCycle.MONTHLY, 1)

    def in_month(number: int, *, day: int = 0) -> date:
        return boundary(joins, BillingCycle.MONTHLY, number) + timedelta(days=day)

    email = CUSTOMER_EMAIL
    return [
        (joins, Subscribe(email=email, plan=("Aluno", "MONTHLY"), pays_by="tok_visa")),
        (in_month(1, day=7), RefundPayment(email=email, percent=50)),
        (in_month(1, day=14), ChangePlan(email=email, plan=("Personal", "MONTHLY"))),
        (in_month(2), ChangePlan(email=email, plan=("Aluno", "MONTHLY"))),
        (in_month(4), NewCard(email=email, token="tok_charge_declined")),  # noqa: S106 - a sandbox token
        (in_month(4, day=14), PayByPix(email=email)),
        (in_month(4, day=14), PayCodes(forgets_percent=0)),
        (in_month(4, day=21), NewCard(email=email)),
    ]


def _send_unknown_payment(settings: Settings, today: date) -> None:
    """Send what every business gets some day: a payment for nobody we know, which a person has to look at."""
    now = read_wall_clock()
    order = NoticeOptions(
        event=NoticeChoice.SUCCESS,
        subscription=derived_id("sub", at=now, facts="a subscription of somebody else"),
        amount="49.90",
        payment=None,
        on=today,
        currency=None,
        failure_code=None,
        message_id=None,
    )
    values = {
        "CICLO_URL": settings.base_url,
        "CICLO_WEBHOOK_SECRET": settings.webhook_secrets[0].get_secret_value(),
    }
    send_notice(order, values, now=now).raise_for_status()


def _operator_token(settings: Settings, now: datetime) -> str:
    values = {"CICLO_JWT_SECRET": settings.jwt_secret.get_secret_value()} if settings.jwt_secret else {}
    signer = signer_from(values, StackFolder(Path(settings.data_dir)))
    return sign_token(
        signer, email=ADMIN_EMAIL, role=Role.ADMIN, lifetime=TOKEN_LIFETIME, now=now.astimezone(UTC)
    )


def _say(day: date) -> None:
    """Show which month it is; `ciclo up` shows the last line."""
    print(f"{day:%B %Y}", flush=True)  # noqa: T201 - the process's one output is its progress
