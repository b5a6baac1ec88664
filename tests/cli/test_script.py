"""The script of a played business: it follows from its seed, and acts that could meet are parted."""

from datetime import date

import pytest

from ciclo.domain.period import BillingCycle, boundary
from ciclo.simulation.script import (
    ONCE_A_WEEK,
    Cancel,
    NewCard,
    PayCodes,
    Subscribe,
    is_weekly,
    rounds,
    write_script,
)

ANA, BIA = "ana@example.com", "bia@example.com"
JOINS_ANA = Subscribe(email=ANA, plan=("Aluno", "MONTHLY"), pays_by="tok_visa")
JOINS_BIA = Subscribe(email=BIA, plan=("Aluno", "MONTHLY"), pays_by="pix")
CARD = NewCard(email=ANA)
LEAVES = Cancel(email=ANA, immediately=True, reason="outro")
CODES = PayCodes(forgets_percent=12)


def test_the_acts_of_one_customer_follow_each_other_and_codes_are_paid_last() -> None:
    assert rounds([JOINS_ANA, CODES, CARD, JOINS_BIA, LEAVES]) == [
        [JOINS_ANA, JOINS_BIA],
        [CARD],
        [LEAVES],
        [CODES],
    ]


def test_a_day_without_acts_has_no_rounds() -> None:
    assert rounds([]) == []


def test_a_script_follows_from_its_seed_and_keeps_to_its_days() -> None:
    def written(seed: int) -> dict[date, list[object]]:
        script = write_script(seed=seed, customers=30, start=date(2026, 1, 1), months=6, opens=is_weekly)
        return {day: list(acts) for day, acts in script.items()}

    assert written(7) == written(7)
    assert written(7) != written(8)
    assert {day.day for day in written(7)} == set(ONCE_A_WEEK)
    assert sum(isinstance(act, Subscribe) for acts in written(7).values() for act in acts) == 30


@pytest.mark.parametrize("day", range(1, 32))
def test_everybody_joins_whenever_a_month_begins(day: int) -> None:
    start = date(2026, 1, day)

    script = write_script(seed=1, customers=5, start=start, months=1, opens=is_weekly)

    joins = [on for on, acts in script.items() for act in acts if isinstance(act, Subscribe)]
    assert len(joins) == 5
    assert start <= min(joins) <= max(joins) < boundary(start, BillingCycle.MONTHLY, 1)
