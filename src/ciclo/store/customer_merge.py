"""Two customers made one: what a merge writes beside the events that move subscriptions and balances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.ids import CustomerId
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import encode_part
from ciclo.store.customers import IS_TEXT, customer_guard, search_fields
from ciclo.store.entitlements.allowances import SETS
from ciclo.store.entitlements.usage import move_usage
from ciclo.store.ledger.redemptions import move_uses
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session
from ciclo.store.reports.movements import first_movements_of

_KEPT: Final = (
    *("name", "phone", "tax_id", "address", "locale", "external_id", "metadata", "version"),
    *("provider_references", "trial_used_at"),
)
_DROPPED: Final = ("external_id", "merged_into", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMerge:
    """Both customers as they were read and as they will be, and what is told of it.

    `currencies` are those of the subscriptions that go over.
    """

    kept: tuple[Customer, Customer]
    dropped: tuple[Customer, Customer]
    currencies: Collection[str]
    operation: Operation
    messages: Sequence[Document] = ()


async def write_merge(store: Store, merge: CustomerMerge | None, session: Session) -> None:
    """Write what *merge* makes of both; None: nobody is merged.

    Raises:
        Contention: one of them was changed since they were read, or the dropped one subscribed meanwhile.
        DuplicateKey: another customer has the external id.
    """
    if merge is None:
        return
    (_, kept), (_, dropped) = merge.kept, merge.dropped
    if await store["subscriptions"].find_one({"customer_id": dropped.id}, {"_id": 1}, session=session):
        raise Contention
    earlier = await find_merged_into(store, [dropped.id], session)
    moved_on = await first_movements_of(store, [dropped.id, *earlier], merge.currencies, session)
    # The dropped one first: an external id that goes over is unique.
    statements = [
        _statement(merge.dropped, _DROPPED, {"first_moved_on": moved_on}),
        _statement(merge.kept, _KEPT, {}),
    ]
    await update(store, "customers", statements, session, missing=Contention)
    led: Document = {"q": {"merged_into": dropped.id}, "u": {"$set": {"merged_into": kept.id}}, "multi": True}
    await update(store, "customers", [led], session)
    await _move_overrides(store, kept.id, dropped.id, session)
    # Whoever asks for it finds none any more, and then whose it became.
    ended: Document = {"q": {"_id": dropped.id}, "u": {"$set": {"complete": False}}}
    await update(store, SETS, [ended], session)
    await move_usage(store, dropped.id, to=kept.id, session=session)
    await move_uses(store, dropped.id, to=kept.id, session=session)
    await insert(store, "messages", merge.messages, session)
    await append_operation(store, merge.operation, session)


async def find_merged_into(
    store: Store, customer_ids: Collection[CustomerId], session: Session | None = None
) -> list[CustomerId]:
    """Return who became a part of *customer_ids*: sealed records still bear their ids."""
    query = {"merged_into": IS_TEXT | {"$in": list(customer_ids)}}
    found = store["customers"].find(query, {"_id": 1}, session=session)
    return [document["_id"] async for document in found]


def _statement(change: tuple[Customer, Customer], names: Collection[str], also: Document) -> Document:
    before, after = change
    changed = {name: encode_part(getattr(after, name)) for name in names}
    return {"q": customer_guard(before), "u": {"$set": {**changed, **search_fields(after), **also}}}


async def _move_overrides(store: Store, kept: CustomerId, dropped: CustomerId, session: Session) -> None:
    """Give the kept customer the overrides of the dropped one, but of features where they have their own."""
    found = store[SETS].find({"_id": {"$in": [kept, dropped]}}, {"overrides": 1}, session=session)
    overrides = {document["_id"]: document.get("overrides") or {} async for document in found}
    if not overrides.get(dropped):
        return
    both = {**overrides[dropped], **overrides.get(kept, {})}
    changed: Document = {"$inc": {"version": 1}}
    statements: list[Document] = [
        {"q": {"_id": dropped}, "u": {**changed, "$set": {"overrides": {}}}},
        {"q": {"_id": kept}, "u": {**changed, "$set": {"overrides": both}}, "upsert": True},
    ]
    await update(store, SETS, statements, session)
