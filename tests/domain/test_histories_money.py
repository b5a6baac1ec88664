"""Random histories in which money goes other ways: what days cost stays right, and what came is booked once.

Money comes in part, twice, for nothing or in another currency; it goes back, is contested, lost or won;
invoices are voided and written off; the scheduler comes late; every type of notice is told.
"""

from dataclasses import replace
from datetime import date
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.events.facts import ProviderFact
from ciclo.domain.policy import LostDispute
from tests.domain.history_checks import check_all
from tests.domain.lived_history import ZONES, History
from tests.domain.oracle import Offer
from tests.domain.payers import PAYERS, Payer
from tests.domain.test_histories_oracle import OFFERS, STEPS
from tests.domain.troubles import TROUBLES, Trouble
from tests.domain.wishes import Step

HAPPENINGS = st.one_of(
    STEPS,
    st.builds(
        Trouble,
        what=st.sampled_from(sorted(TROUBLES)),
        place=st.integers(0, 3),
        percent=st.sampled_from([100, 100, 30, 55, 120]),
        days_ago=st.sampled_from([0, 0, 0, 2]),
    ),
)
DAYS = st.sampled_from([0, 0, 1, 3, 8, 10, 17, 33])


@given(
    day=st.dates(date(2027, 11, 25), date(2028, 3, 5)),
    offer=OFFERS,
    zone=st.sampled_from(ZONES),
    tax=st.sampled_from([0, 0, 1750]),
    credit=st.sampled_from([0, 0, 500]),
    payer=st.sampled_from(PAYERS),
    on_dispute_lost=st.sampled_from(LostDispute),
    happenings=st.lists(
        st.tuples(DAYS, st.sampled_from([False, False, True]), HAPPENINGS), min_size=2, max_size=10
    ),
)
def test_whatever_happens_to_the_money_days_cost_what_they_cost_and_it_is_booked_once(
    *,
    day: date,
    offer: Offer,
    zone: str,
    tax: int,
    credit: int,
    payer: Payer,
    on_dispute_lost: LostDispute,
    happenings: list[tuple[int, bool, Step | Trouble]],
) -> None:
    policy = replace(payer.policy, timezone=zone, tax_basis_points=tax, on_dispute_lost=on_dispute_lost)
    history = History(day, offer, currency="BRL", policy=policy, credit=credit, payer=payer)
    for days, late, happening in happenings:
        history.pass_days(days, late=late)
        if isinstance(happening, Trouble):
            history.meet(happening)
        else:
            history.ask(happening)
            history.pays = happening.pays
    history.catch_up()
    history.pass_days(35)

    check_all(history)


def test_every_type_that_providers_report_is_among_what_happens() -> None:
    assert {kind.payload for kind in TROUBLES.values()} >= set(get_args(ProviderFact))
