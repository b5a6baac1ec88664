"""Cash by month: what came, what went back, what is owed, and what became of trials."""

from fractions import Fraction

from ciclo.domain.metrics.cash import Cash, CashFacts, cash_by_month, total_cash

FACTS = CashFacts(
    collected={0: 22_000, 2: 9000},
    refunded={0: 500},
    owed=3000,
    issued={0: 24_000, 1: 7000, 2: 10_000},
    settled={0: 22_000, 1: 3000, 2: 19_000},
    trials={0: 4, 2: 1},
    trials_converted={0: 3},
)


def test_what_is_outstanding_runs_on_from_month_to_month() -> None:
    by_month = cash_by_month(FACTS, months=3)

    assert by_month == [
        # 3000 + 24000 - 22000 = 5000
        Cash(collected=22_000, refunded=500, outstanding=5000, trials=4, trials_converted=3),
        # 5000 + 7000 - 3000 = 9000
        Cash(collected=0, refunded=0, outstanding=9000, trials=0, trials_converted=0),
        # 9000 + 10000 - 19000 = 0
        Cash(collected=9000, refunded=0, outstanding=0, trials=1, trials_converted=0),
    ]


def test_the_whole_window_owes_what_its_last_month_does() -> None:
    by_month = cash_by_month(FACTS, months=2)

    assert total_cash(by_month) == Cash(
        collected=22_000, refunded=500, outstanding=9000, trials=4, trials_converted=3
    )


def test_trials_convert_as_a_share_of_those_that_were_decided() -> None:
    by_month = cash_by_month(FACTS, months=3)

    assert [one.trial_conversion for one in by_month] == [Fraction(3, 4), None, Fraction(0)]
