"""Documents that no rule expects: copies of sound accounts, each with one thing in them spoilt."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any, Final

from bson.datetime_ms import DatetimeMS
from pymongo.errors import BulkWriteError

from ciclo.actions.dependencies import Deps
from ciclo.domain.events.commands import ChangeTiming, PlanChanged
from ciclo.store.codec import encode
from ciclo.store.mongo.client import Document
from tests.builders import PIX, Story, terms

BEGAN: Final = date(2026, 1, 10)
RENEWAL: Final = datetime(2026, 2, 13, 12, tzinfo=UTC)
"""When something is due of every account here."""

ABSENT: Final = "absent"
"""Stands for a field that is taken away."""

ODDITIES: Final[tuple[Any, ...]] = (
    ABSENT,
    None,
    "",
    "x",
    "a.b",
    "$x",
    "0001-01-01",
    "9999-12-31",
    "1969-02-30",
    -1,
    0,
    2**62,
    -(2**63),
    0.5,
    float("nan"),
    {},
    {"a": 1},
    [],
    [None],
    True,
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    DatetimeMS(-(2**55)),
    DatetimeMS(2**55),
)

_UNIQUE: Final = {"_id", "number", "email"}
"""Fields that two documents can't have alike: they stay."""

Account = dict[str, list[Document]]
"""The documents of one account by collection."""


@dataclass(frozen=True, kw_only=True)
class Break:
    """One thing spoilt in one document of an account."""

    kind: str
    collection: str
    path: tuple[str, ...]
    value: Any


def sound_accounts() -> dict[str, Account]:
    """Return accounts that have something due at RENEWAL, by what it is."""
    plus, basic = terms(5990, plan="plus"), terms()
    renewing = Story(BEGAN, of=plus).start().pay(at=BEGAN)
    failing = Story(BEGAN).start().pay(at=BEGAN).until(date(2026, 2, 10))
    failing.decline(at=date(2026, 2, 10))
    changing = Story(BEGAN, of=plus).start().pay(at=BEGAN)
    changing.tell(PlanChanged(terms=basic, timing=ChangeTiming.PERIOD_END), at=date(2026, 1, 20))
    stories = {
        "renewing": renewing,
        "in credit": Story(BEGAN, of=plus, credit=1_000).start().pay(at=BEGAN),
        "failing": failing,
        "changing": changing,
        "in trial": Story(date(2026, 2, 4), trial_days=7).start(),
        "unpaid": Story(BEGAN, method=PIX).start(),
    }
    return {
        kind: _documents(story, credit=100 if kind == "in credit" else 0) for kind, story in stories.items()
    }


def breaks(accounts: dict[str, Account], *, number: int, seed: int) -> list[Break]:
    """Return a choice of all that can be spoilt in *accounts*."""
    every = [
        Break(kind=kind, collection=collection, path=path, value=value)
        for kind, account in accounts.items()
        for collection, documents in account.items()
        for path in _paths(documents[0])
        for value in ODDITIES
    ]
    return Random(seed).sample(every, number)


def copied(account: Account, name: str) -> Account:
    """Return the account of another customer, alike in all but its ids."""
    return {
        collection: [_renamed(document, name) for document in documents]
        for collection, documents in account.items()
    }


def spoilt(account: Account, spoils: Break) -> Account:
    """Return *account* with one thing in it spoilt; documents keep their ids."""
    first, *rest = account[spoils.collection]
    return account | {spoils.collection: [_with(first, spoils.path, spoils.value), *rest]}


async def store_all(deps: Deps, accounts: list[Account]) -> None:
    """Put whole accounts into the database."""
    for collection in ("customers", "subscriptions", "invoices", "payments"):
        documents = [one for account in accounts for one in account.get(collection, ())]
        # Two customers spoilt alike may have one key now; then there is one of them.
        with suppress(BulkWriteError):
            await deps.store[collection].insert_many(documents, ordered=False)


def _documents(story: Story, *, credit: int) -> Account:
    customer = {
        "_id": story.subscription.customer_id,
        "email": f"{story.subscription.customer_id}@example.com",
        "credit": {"BRL": credit} if credit else {},
        "credit_version": 0,
    }
    invoices = [encode(one) | {"number": f"T-{one.id}"} for one in reversed(story.invoices)]
    payments = [encode(one) for one in story.account.payments.values()]
    account = {"customers": [customer], "subscriptions": [encode(story.subscription)]}
    return (
        account | ({"invoices": invoices} if invoices else {}) | ({"payments": payments} if payments else {})
    )


def _paths(document: Document, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in document.items():
        if name in _UNIQUE:
            continue
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))


def _with(document: Document, path: tuple[str, ...], value: object) -> Document:
    name, *below = path
    if below:
        return document | {name: _with(document[name], tuple(below), value)}
    if value == ABSENT:
        return {key: one for key, one in document.items() if key != name}
    return document | {name: value}


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, name) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, name) for one in value]
    owned = isinstance(value, str) and value.partition("_")[0] in {"sub", "cus", "inv", "pay"}
    unique = isinstance(value, str) and (value.startswith("T-") or "@" in value)
    return f"{value}{name}" if owned or unique else value
