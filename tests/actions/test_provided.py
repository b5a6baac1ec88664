"""What sets come to is worked out once: for as long as nothing that it follows from is otherwise."""

from copy import deepcopy
from datetime import date, timedelta

from ciclo.actions.entitlements.provided import Provided, Provider
from ciclo.domain.entitlements.catalogue import Catalogue
from ciclo.domain.entitlements.feature import Feature, Reset
from ciclo.domain.errors.entitlements import FeatureNotFound
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.ids import CustomerId
from ciclo.store.mongo.client import Document

TRAINER = CustomerId("cus_1")
ALUNOS = (TRAINER, "alunos")
DAY = date(2027, 3, 10)
CATALOGUE = Catalogue()


def a_set(limit: int = 30, customer: str = TRAINER) -> Document:
    allowance = {
        "subscription_id": "sub_1",
        "plan_id": "plan_1",
        "plan_version": 1,
        "quantity": 1,
        "currency": "BRL",
        "anchor": "2027-01-31",
        "billing_cycle": "MONTHLY",
        "limits": {"alunos": limit},
    }
    return {"_id": customer, "version": 1, "complete": True, "allowances": {"sub_1": allowance}}


def provided(
    provider: Provider, document: Document | None, *, catalogue: Catalogue = CATALOGUE, on: date = DAY
) -> Provided:
    found = provider.provide(ALUNOS, document, catalogue=catalogue, on=on)
    assert isinstance(found, Provided)
    return found


def test_an_equal_document_comes_to_the_same_and_another_one_to_something_else() -> None:
    provider = Provider()
    first = provided(provider, a_set())

    assert provided(provider, deepcopy(a_set())) is first
    # The version says nothing: somebody has put the document right by hand.
    assert provided(provider, a_set(limit=10)).provision.limit == 10
    assert provided(provider, a_set()).provision.limit == 30


def test_another_day_and_another_way_of_counting_are_heeded() -> None:
    provider = Provider()
    first = provided(provider, a_set())
    metered = Catalogue(features={"alunos": Feature(key="alunos", reset=Reset.PERIOD)})

    assert provided(provider, a_set(), on=DAY + timedelta(days=1)) == first
    assert provided(provider, a_set(), catalogue=metered).key.window == "2027-02-28"
    assert provider.likely_key(ALUNOS) == provided(provider, a_set(), catalogue=metered).key
    later = provided(provider, a_set(), catalogue=metered, on=date(2027, 3, 31))
    assert later.key.window == "2027-03-31"


def test_what_can_not_be_said_is_not_kept() -> None:
    provider = Provider()
    provided(provider, a_set())

    assert isinstance(provider.provide(ALUNOS, None, catalogue=CATALOGUE, on=DAY), CustomerNotFound)
    unknown = provider.provide((TRAINER, "cavalos"), a_set(), catalogue=CATALOGUE, on=DAY)
    assert isinstance(unknown, FeatureNotFound)
    assert provider.likely_key((TRAINER, "cavalos")) is None
    assert provided(provider, a_set()).provision.limit == 30


def test_those_asked_for_last_are_known() -> None:
    provider = Provider(known_max=2)
    asked = [(CustomerId(f"cus_{number}"), "alunos") for number in range(3)]
    for one in asked:
        provider.provide(one, a_set(customer=one[0]), catalogue=CATALOGUE, on=DAY)

    assert [provider.likely_key(one) is not None for one in asked] == [False, True, True]
