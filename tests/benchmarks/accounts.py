"""Accounts made up for measuring, many and quickly: the rules make one, and the others are cast from it.

The mould is a BSON document whose ids are replaced as bytes: ids of one kind all have the same length.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import islice
from typing import Any, Final

import bson
from bson.objectid import ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from ciclo.domain.customer import Customer
from ciclo.domain.events.event import Event, Source
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import EventId, PaymentId, PlanId, SubscriptionId
from ciclo.domain.lifecycle.apply import RULES_VERSION
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan
from ciclo.store.codec import encode
from ciclo.store.events.records import new_document
from ciclo.store.ledger.chain import DIGEST_CHARS, HEAD, Head, head_document
from tests.builders import CUSTOMER, Story, noon

BATCH: Final = 5_000
FIRST_DAY: Final = date(2026, 1, 10)
SECOND_DAY: Final = date(2026, 2, 10)
RENEWAL: Final = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""When an account that has paid falls due."""

PRICE: Final = 2990
FAR: Final = datetime(2099, 1, 1, tzinfo=UTC)

Raw = RawBSONDocument
Documents = dict[str, Raw]
"""Documents by collection."""

_EMAIL: Final = "c0000000000000000@example.com"
_NUMBER: Final = "F-0000000000000000"


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of the account with a number."""

    number: int

    def of(self, prefix: str) -> str:
        """Return this account's id of a kind."""
        return f"{prefix}_01kdvdna00{self.number:016}"

    def substitutes(self) -> dict[str, bytes]:
        """Return what stands in the mould's places."""
        ids = {prefix: self.of(prefix).encode() for prefix in ("sub", "cus", "inv", "pay")}
        return {**ids, "email": f"c{self.number:016}@example.com".encode(), "no": b"F-%016d" % self.number}


@dataclass(frozen=True, slots=True)
class Mould:
    """An account's documents as bytes, and the bytes in them that differ between accounts."""

    documents: dict[str, bytes]
    places: dict[str, bytes]

    def cast(self, number: int, *, only: Iterable[str] | None = None) -> Documents:
        """Return the documents of the account with this number, of some collections or all."""
        substitutes = Names(number).substitutes()
        wanted = self.documents if only is None else only
        return {name: Raw(self._replaced(self.documents[name], substitutes)) for name in wanted}

    def _replaced(self, document: bytes, substitutes: dict[str, bytes]) -> bytes:
        for name, place in self.places.items():
            document = document.replace(place, substitutes[name])
        return document


@cache
def owing() -> Mould:
    """Return the mould of an account in its second period, whose charge is on its way."""
    return _mould(_second_period())


@cache
def paid() -> Mould:
    """Return the mould of an account in its second period, all paid: due at RENEWAL."""
    return _mould(_second_period().pay(at=SECOND_DAY))


@cache
def resting() -> Mould:
    """Return the mould of an account that has paid and for which nothing falls due."""
    story = _second_period().pay(at=SECOND_DAY)
    story.account = story.account.with_subscription(replace(story.subscription, due_at=FAR))
    return _mould(story)


def payment_of(number: int, *, at: datetime) -> Event:
    """Return the notice that the charge of an owing account succeeded."""
    names = Names(number)
    return Event(
        id=EventId(names.of("evt")),
        subscription_id=SubscriptionId(names.of("sub")),
        payload=PaymentSucceeded(amount=PRICE, currency="BRL", payment_id=PaymentId(names.of("pay"))),
        occurred_at=at,
        source=Source.WEBHOOK,
        dedupe_key=f"hook:msg_{number}",
    )


def notice_document(number: int, *, now: datetime) -> dict[str, Any]:
    """Return that notice as it waits in the store; no relay will find it soon."""
    return new_document(payment_of(number, at=now), recorded_at=now, next_publish_at=FAR)


def plan_of(plan_id: PlanId, *, name: str = "Basic") -> Plan:
    """Return a plan that the accounts' terms are of."""
    return Plan(
        id=plan_id,
        version=1,
        name=name,
        description="All that a small studio needs.",
        price=Money(PRICE, "BRL"),
        billing_cycle=BillingCycle.MONTHLY,
        user_type="ALUNO",
        trial_days=7,
        limits={"students": 20},
        features=("workouts", "payments"),
        active=True,
        created_at=noon(FIRST_DAY),
        updated_at=noon(FIRST_DAY),
    )


def plan_id() -> PlanId:
    """Return the plan that all accounts have."""
    return _second_period().subscription.terms.plan_id


class Ledger:
    """One database, filled over a connection of its own that waits for no journal."""

    def __init__(self, url: str, database: str) -> None:
        self._client: MongoClient[dict[str, Any]] = MongoClient(url, w=1, journal=False)
        self._database = self._client.get_database(database, write_concern=WriteConcern(w=1, j=False))

    def add(self, documents: Iterator[Documents]) -> None:
        """Insert the documents of many accounts, some thousand at a time."""
        while batch := list(islice(documents, BATCH)):
            for name in batch[0]:
                self._database.get_collection(name).insert_many(
                    [one[name] for one in batch],
                    ordered=False,
                )

    def insert(self, name: str, documents: Iterator[dict[str, Any]]) -> None:
        """Insert documents into one collection, some thousand at a time."""
        while batch := list(islice(documents, BATCH)):
            self._database.get_collection(name).insert_many(batch, ordered=False)

    def settle(self) -> None:
        """Wait until a majority has all of it: Ciclo reads nothing that could still be lost.

        A write of the majority comes after everything before it. Without this, what was filled last
        is not there yet for whoever is measured, and work that was never done looks quick.
        """
        majority = WriteConcern(w="majority", j=True)
        marks = self._database.get_collection("settings", write_concern=majority)
        marks.replace_one({"_id": "benchmark"}, {"_id": "benchmark", "filled": ObjectId()}, upsert=True)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _second_period() -> Story:
    story = Story(FIRST_DAY).start()
    return story.pay(at=FIRST_DAY).until(SECOND_DAY)


def _mould(story: Story) -> Mould:
    invoice, payment = story.invoice, story.payment()
    customer = Customer(
        id=CUSTOMER, email=_EMAIL, created_at=noon(FIRST_DAY), credit={}, provider_references={}
    )
    values = {
        "customers": customer,
        "subscriptions": story.subscription,
        "invoices": replace(invoice, number=_NUMBER),
        "payments": payment,
    }
    documents = {name: encode(value) for name, value in values.items()}
    # Without it every event would have to make a checkpoint first, as after a release with other rules.
    head = Head(chain="0" * DIGEST_CHARS, seq=story.subscription.version, rules=RULES_VERSION)
    documents["subscriptions"][HEAD] = head_document(head)
    return Mould(
        documents={name: bson.encode(document) for name, document in documents.items()},
        places={
            "sub": story.subscription.id.encode(),
            "cus": CUSTOMER.encode(),
            "inv": invoice.id.encode(),
            "pay": payment.id.encode(),
            "email": _EMAIL.encode(),
            "no": _NUMBER.encode(),
        },
    )
