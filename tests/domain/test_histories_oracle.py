"""Random histories against an oracle of its own arithmetic: a day with service is billed once, at its terms.

Days in a trial or a pause cost nothing; those after an end or in suspension are billed once at most. What is
billed beside the plan, paid, declined or owed to the end, is on no day and moves none. What was credited is
on the balance, lines add up, previews are what happens, and no charge is asked for after the end, nor left
without an end.
"""

from dataclasses import replace
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from ciclo.domain.events.commands import Proration
from tests.domain.history_checks import check_all
from tests.domain.lived_history import ZONES, History
from tests.domain.oracle import Offer
from tests.domain.payers import ON_THE_BOUNDARY, PAYERS, Payer
from tests.domain.wishes import Step

OFFERS = st.builds(
    Offer,
    plan=st.sampled_from(["a", "b", "c"]),
    price=st.sampled_from([999, 2990, 24_995, 100_000]),
    months=st.sampled_from([1, 1, 1, 3, 12]),
    quantity=st.integers(1, 3),
    trial_days=st.sampled_from([0, 0, 7, 14]),
)
WISHES = [
    *("change", "quantity", "pause", "resume", "leave", "stay", "leave now"),
    *("pay", "pay", "nothing", "bill beside"),
]
STEPS = st.builds(
    Step,
    days=st.integers(0, 40) | st.sampled_from([0, 1, 3, 10, 17]),
    what=st.sampled_from(WISHES),
    offer=OFFERS,
    now=st.booleans(),
    pays=st.sampled_from([True, True, False]),
    proration=st.just(Proration.NOW) | st.sampled_from(Proration),
)


BASIC = Offer(plan="a", price=2990, months=1, quantity=1)
TWO = replace(BASIC, quantity=2)
NOTHING = Step(days=19, what="nothing", offer=BASIC, now=True, pays=False)


# Too rare to draw: a second seat is declined on the 20th, and the card pays once a boundary has passed.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=0,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        NOTHING,
        replace(NOTHING, days=0, what="quantity", offer=TWO),
        replace(NOTHING, days=17, what="pay"),
    ],
)
# So is what remains to pay on Feb 15 after a pause, and a boundary passes in suspension before it is paid.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=0,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        replace(NOTHING, days=20, what="pause"),
        replace(NOTHING, days=25, what="resume"),
        replace(NOTHING, days=17, what="pay"),
    ],
)
# What a declined change credited is there for the next one, and for the pause after it.
@example(
    day=date(2028, 1, 1),
    offer=BASIC,
    zone="America/Sao_Paulo",
    currency="BRL",
    tax=2000,
    credit=0,
    payer=ON_THE_BOUNDARY,
    steps=[
        replace(NOTHING, days=9),
        replace(NOTHING, days=0, what="quantity", offer=TWO, pays=True),
        replace(NOTHING, days=2, what="quantity", offer=TWO, pays=True),
        replace(NOTHING, days=3, what="pause", pays=True),
    ],
)
@given(
    day=st.dates(date(2027, 11, 25), date(2028, 3, 5)),
    offer=OFFERS,
    zone=st.sampled_from(ZONES),
    currency=st.sampled_from(["BRL", "JPY", "KWD"]),
    tax=st.sampled_from([0, 0, 1750, 2000]),
    credit=st.sampled_from([0, 0, 500]),
    payer=st.sampled_from(PAYERS),
    steps=st.lists(STEPS, min_size=2, max_size=7),
)
def test_every_day_with_service_is_billed_once_at_its_terms(
    *,
    day: date,
    offer: Offer,
    zone: str,
    currency: str,
    tax: int,
    credit: int,
    payer: Payer,
    steps: list[Step],
) -> None:
    policy = replace(payer.policy, timezone=zone, tax_basis_points=tax)
    history = History(day, offer, currency=currency, policy=policy, credit=credit, payer=payer)
    for step in steps:
        history.pass_days(step.days)
        history.ask(step)
        history.pays = step.pays
    history.pass_days(35)

    check_all(history)
