"""The script: who subscribes when, how they pay, and what they do later. It follows from a seed alone."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ciclo.domain.period import BillingCycle, boundary
from ciclo.simulation.catalogue import TIERS, PlanKey

PIX: Final = "pix"
BOLETO: Final = "boleto"

_PAYERS: Final = (
    # How somebody pays, and how many in a hundred do.
    ("tok_visa", 48),
    ("tok_mastercard", 14),
    ("tok_fails_1", 6),
    ("tok_fails_2", 4),
    ("tok_charge_declined", 4),
    ("tok_expired_card", 2),
    (PIX, 16),
    (BOLETO, 6),
)
_CYCLES: Final = (("MONTHLY", 78), ("QUARTERLY", 8), ("SEMIANNUAL", 5), ("ANNUAL", 9))
_TIER_WEIGHTS: Final = (56, 33, 11)
_FIRST_NAMES: Final = (
    "ana", "bruno", "carla", "diego", "elisa", "fabio", "gabriela", "heitor", "isabela", "joao",
    "karina", "lucas", "marina", "nicolas", "olivia", "pedro", "quiteria", "rafael", "sofia", "tiago",
    "ursula", "vitor", "wesley", "yasmin", "zeca",
)  # fmt: skip
_LAST_NAMES: Final = ("alves", "barros", "costa", "dias", "ferreira", "gomes", "lima", "melo", "souza")
_REASONS: Final = ("caro demais", "não uso mais", "mudei de academia", "falta um recurso", "outro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """A customer takes a plan, paying by a token, PIX or boleto."""

    email: str
    plan: PlanKey
    pays_by: str
    skip_trial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """A customer takes another plan."""

    email: str
    plan: PlanKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """A customer leaves."""

    email: str
    immediately: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncancel:
    """A customer stays after all."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A customer takes a break."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A customer comes back from a break."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A customer brings another card, by default one that works."""

    email: str
    token: str = "tok_visa"  # noqa: S105 - the sandbox's token of a card that pays


@dataclass(frozen=True, slots=True, kw_only=True)
class PayByPix:
    """A customer pays what is open by PIX, at once."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """An operator gives the newest payment back, all of it or a part."""

    email: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCodes:
    """Those who pay by PIX and boleto look after their codes; `forgets` share of them do not."""

    forgets_percent: int


Act = (
    Subscribe
    | ChangePlan
    | Cancel
    | Uncancel
    | Pause
    | Resume
    | NewCard
    | PayByPix
    | RefundPayment
    | PayCodes
)

Script = dict[date, list[Act]]
"""What happens on which day, in this order."""


ONCE_A_WEEK: Final = (1, 8, 15, 22)
"""Days of a month, a week apart, so that trials that begin on one of them end on another."""


def is_weekly(day: date) -> bool:
    """Return whether *day* is one of ONCE_A_WEEK."""
    return day.day in ONCE_A_WEEK


def write_script(
    *, seed: int, customers: int, start: date, months: int, opens: Callable[[date], bool]
) -> Script:
    """Return the acts of *customers* over *months* from *start*.

    People act on days that it *opens* only, and look after their codes at the end of those days: fewer
    days with something to do are sooner played.
    """
    dice = random.Random(seed)  # noqa: S311 - a game, not a secret
    end = boundary(start, BillingCycle.MONTHLY, months)
    days = [start + timedelta(days=offset) for offset in range((end - start).days)]
    open_days = [day for day in days if opens(day)]
    # Their trials then end, and their renewals fall, on open days too; a short play may have no such day.
    early = [day for day in open_days if day + TRIAL in open_days and (end - day).days > LAST_DAYS]
    joining_days = early or open_days
    script: Script = defaultdict(list)
    for number in range(customers):
        for day, act in _life(dice, _email(dice, number), dice.choice(joining_days), end):
            opening = next((open_day for open_day in open_days if open_day >= day), None)
            if opening is not None:
                script[opening].append(act)
    for day in open_days:
        script[day].append(PayCodes(forgets_percent=FORGETS_PERCENT))
    return {day: script[day] for day in sorted(script)}


def rounds(acts: Iterable[Act]) -> list[list[Act]]:
    """Part a day's *acts* into rounds of different customers, whose acts can't meet; codes are paid last.

    The acts of one customer keep their order: the second one is in the second round.
    """
    parts: list[list[Act]] = []
    places: Counter[str] = Counter()
    codes: list[Act] = []
    for act in acts:
        if isinstance(act, PayCodes):
            codes.append(act)
            continue
        if places[act.email] == len(parts):
            parts.append([])
        parts[places[act.email]].append(act)
        places[act.email] += 1
    return [*parts, *([act] for act in codes)]


TRIAL: Final = timedelta(days=7)

LAST_DAYS: Final = 20
"""Nobody joins so late that nothing would come of it."""

FORGETS_PERCENT: Final = 12


def _life(dice: random.Random, email: str, joins: date, end: date) -> list[tuple[date, Act]]:
    """Return what one customer does from the day of joining on."""
    tier = dice.choices(range(len(TIERS)), _TIER_WEIGHTS)[0]
    cycle, pays_by = _chosen(dice, _CYCLES), _chosen(dice, _PAYERS)
    acts: list[tuple[date, Act]] = [
        (
            joins,
            Subscribe(
                email=email,
                plan=(TIERS[tier].name, cycle),
                pays_by=pays_by,
                skip_trial=dice.random() < 0.15,  # noqa: PLR2004 - a share
            ),
        )
    ]
    length = max(1, (end - joins).days)

    def some_day() -> date:
        return joins + timedelta(days=dice.randrange(8, length + 8))

    if pays_by in {"tok_charge_declined", "tok_expired_card"} and dice.random() < 0.6:  # noqa: PLR2004
        acts.append((joins + timedelta(days=dice.randrange(9, 20)), NewCard(email=email)))
    for chance, more in (
        (0.16, lambda: [(some_day(), ChangePlan(email=email, plan=_other(dice, tier, cycle)))]),
        (0.22, lambda: _cancellation_acts(dice, email, some_day())),
        (0.05, lambda: _break(dice, email, some_day())),
        (0.06, lambda: [(some_day(), RefundPayment(email=email, percent=dice.choice((25, 50, 100))))]),
    ):
        if dice.random() < chance:
            acts += more()
    return acts


def _cancellation_acts(dice: random.Random, email: str, day: date) -> list[tuple[date, Act]]:
    acts: list[tuple[date, Act]] = [
        (day, Cancel(email=email, immediately=dice.random() < 0.3, reason=dice.choice(_REASONS)))  # noqa: PLR2004
    ]
    if dice.random() < 0.15:  # noqa: PLR2004 - a share
        acts.append((day + timedelta(days=2), Uncancel(email=email)))
    return acts


def _break(dice: random.Random, email: str, day: date) -> list[tuple[date, Act]]:
    back = day + timedelta(days=dice.randrange(10, 60))
    return [(day, Pause(email=email)), (back, Resume(email=email))]


def _other(dice: random.Random, tier: int, cycle: str) -> PlanKey:
    """Return another plan: mostly the next tier up, sometimes down, sometimes a year at a time."""
    kind = dice.random()
    if kind < 0.2 and cycle != "ANNUAL":  # noqa: PLR2004 - a share
        return TIERS[tier].name, "ANNUAL"
    step = 1 if kind < 0.75 else -1  # noqa: PLR2004 - a share
    other = tier + step if 0 <= tier + step < len(TIERS) else tier - step
    return TIERS[other].name, cycle


def _chosen(dice: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*weighted, strict=True)
    return str(dice.choices(names, weights)[0])


def _email(dice: random.Random, number: int) -> str:
    return f"{dice.choice(_FIRST_NAMES)}.{dice.choice(_LAST_NAMES)}{number}@example.com"
