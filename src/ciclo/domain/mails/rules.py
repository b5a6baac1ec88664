"""Mail rules: which kinds of mail a seller sends, and on which days those go out that a day brings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.mails.mail import MailKind

DAYS_PER_RULE_MAX: Final = 6
DAYS_OF_CARD_MAX: Final = 1
"""Of a card's end people are told once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRule:
    """Whether a kind of mail is sent. `days` count from the day that it is about, negative before it."""

    kind: MailKind
    enabled: bool = True
    days: tuple[int, ...] = ()


ASKED_FOR: Final = frozenset({MailKind.SIGN_IN, MailKind.INVITATION, MailKind.WEBHOOK_ENDPOINT_DISABLED})
"""Mails that somebody asked for, or that members have to hear of: no rule switches them off."""

OF_INVOICES: Final = (MailKind.INVOICE_DUE, MailKind.INVOICE_OVERDUE)
"""Kinds that a day of an open invoice brings."""

DAYS_ALLOWED: Final = {
    MailKind.INVOICE_DUE: range(-30, 1),
    MailKind.INVOICE_OVERDUE: range(1, 61),
    MailKind.CARD_EXPIRING: range(-90, 1),
}
"""Kinds that a day brings. Of an overdue invoice day 1 is the first on which it is (rule 31)."""

_DEFAULT_DAYS: Final = {
    MailKind.INVOICE_DUE: (-3, 0),
    MailKind.INVOICE_OVERDUE: (1, 3, 7),
    MailKind.CARD_EXPIRING: (-30,),
}

DEFAULT_RULES: Final = tuple(
    MailRule(kind=kind, days=_DEFAULT_DAYS.get(kind, ())) for kind in MailKind if kind not in ASKED_FOR
)

MailRules = Mapping[MailKind, MailRule]


def mail_rules(stored: Sequence[MailRule]) -> MailRules:
    """Return the rule of each kind: the *stored* one, or else the default."""
    return {rule.kind: rule for rule in (*DEFAULT_RULES, *stored)}


def validate_rule(rule: MailRule) -> MailRule:
    """Return *rule* with its days in order.

    Raises:
        InvalidValue: its kind has no rule, or no days, or not these.
    """
    allowed = DAYS_ALLOWED.get(rule.kind)
    if rule.kind in ASKED_FOR:
        raise InvalidValue("no rule is about a mail that was asked for", field=("kind",))
    if allowed is None:
        if rule.days:
            raise InvalidValue(f"only {', '.join(DAYS_ALLOWED)} have days", field=("days",))
        return rule
    days = tuple(sorted(set(rule.days)))
    most = DAYS_OF_CARD_MAX if rule.kind is MailKind.CARD_EXPIRING else DAYS_PER_RULE_MAX
    if not 1 <= len(days) <= most or not all(day in allowed for day in days):
        raise InvalidValue(
            f"1 to {most} days from {allowed.start} to {allowed.stop - 1}"
            if most > 1
            else f"one day from {allowed.start} to {allowed.stop - 1}",
            field=("days",),
        )
    return MailRule(kind=rule.kind, enabled=rule.enabled, days=days)
