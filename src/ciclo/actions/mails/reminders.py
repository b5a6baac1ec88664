"""Reminders: each day, once, those are mailed whose invoice is due or overdue, or whose card ends.

Any number of schedulers may do it side by side: a mail's id follows from its invoice and rule, and the day
up to which it was done only moves forward, after the mails are written.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.write import find_rules_of_mail
from ciclo.domain.mails.days import (
    days_from,
    last_reminded_day,
    reminder_instant,
    reminder_of,
    reminder_of_card,
)
from ciclo.domain.mails.mail import MailKind
from ciclo.domain.mails.news import mail_of
from ciclo.domain.mails.rules import DAYS_ALLOWED, MailRules
from ciclo.store.mails.cards import cards_expiring, next_card_expiry
from ciclo.store.mails.mails import add_mails
from ciclo.store.mails.reminders import find_addresses, next_day_of_invoices, open_invoices_by_day
from ciclo.store.mails.rules import find_reminded_to, note_reminded_to

LATE_DAYS_MAX: Final = 2
"""After a longer absence nobody is told what was due before: they would be told several things at once."""

_DAY: Final = timedelta(days=1)


async def write_reminders(deps: Deps, *, now: datetime) -> int:
    """Write what the days up to *now* bring; return how many mails that were, those of before among them."""
    rules = await find_rules_of_mail(deps)
    last = last_reminded_day(now, deps.settings.timezone)
    if rules is None or (deps.reminded.day is not None and deps.reminded.day >= last):
        return 0
    done = await find_reminded_to(deps.store) or last - _DAY
    first = max(done, last - timedelta(days=LATE_DAYS_MAX)) + _DAY
    written = 0
    for kind, days in _asked(rules):
        remind = _remind_of_cards if kind is MailKind.CARD_EXPIRING else _remind
        written += await remind(deps, kind, days, first=first, last=last)
    await note_reminded_to(deps.store, last)
    deps.reminded.day = last
    return written


async def next_reminder_instant(deps: Deps) -> datetime | None:
    """Return when the next reminder is to be written; None if no open invoice or card asks for one."""
    rules = await find_rules_of_mail(deps)
    if rules is None:
        return None
    zone = deps.settings.timezone
    done = await find_reminded_to(deps.store)
    if done is None:
        done = last_reminded_day(await deps.clock.now(), zone) - _DAY
    found: list[date] = []
    for kind, days in _asked(rules):
        later = days_from(kind, days)
        after = done - later
        day = (
            await next_card_expiry(deps.store, after=after)
            if kind is MailKind.CARD_EXPIRING
            else await next_day_of_invoices(deps.store, kind, after=after)
        )
        if day is not None:
            found.append(day + later)
    return reminder_instant(min(found), zone) if found else None


def _asked(rules: MailRules) -> Iterator[tuple[MailKind, int]]:
    for kind in DAYS_ALLOWED:
        if rules[kind].enabled:
            yield from ((kind, days) for days in rules[kind].days)


async def _remind(deps: Deps, kind: MailKind, days: int, *, first: date, last: date) -> int:
    later, zone, written = days_from(kind, days), deps.settings.timezone, 0
    async for page in open_invoices_by_day(deps.store, kind, first=first - later, last=last - later):
        addresses = await find_addresses(deps.store, {found.customer_id for found in page})
        mails = [
            mail_of(
                reminder_of(kind, found, days=days, timezone=zone),
                to=addresses[found.customer_id],
                now=deps.wall(),
            )
            for found in page
            if found.customer_id in addresses
        ]
        await add_mails(deps.store, mails)
        written += len(mails)
    return written


async def _remind_of_cards(deps: Deps, kind: MailKind, days: int, *, first: date, last: date) -> int:
    later, zone, written = days_from(kind, days), deps.settings.timezone, 0
    async for page in cards_expiring(deps.store, first=first - later, last=last - later):
        addresses = await find_addresses(deps.store, {card.customer_id for card in page})
        drafts = {
            draft.id: draft
            for card in page
            if (draft := reminder_of_card(card, days=days, timezone=zone)).customer_id in addresses
        }
        now = deps.wall()
        mails = [mail_of(draft, to=addresses[draft.customer_id], now=now) for draft in drafts.values()]
        await add_mails(deps.store, mails)
        written += len(mails)
    return written
