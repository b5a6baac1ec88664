"""Checkout links: made, revoked, and counted in the transaction of who signs up by one.

So that the last use goes to one, however many ask for it at a time. A sign-up that is never paid gives its
use back in the transaction that ends it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.errors.links import LinkUsedUp
from ciclo.domain.ids import CheckoutLinkId, SubscriptionId
from ciclo.domain.links.checkout_link import CheckoutLink
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

NEWEST_FIRST: Final = SortOrder(field="created_at")
_LINKS: Final = "checkout_links"
_USES: Final = "checkout_link_uses"
"""By which link a subscription came, under its id; gone once its use is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUse:
    """One sign-up by a link."""

    link_id: CheckoutLinkId
    subscription_id: SubscriptionId


async def find_checkout_link(store: Store, link_id: str) -> CheckoutLink | None:
    """Return a link."""
    document = await store[_LINKS].find_one({"_id": link_id})
    return decode(document, CheckoutLink) if document else None


async def list_checkout_links(
    store: Store, query: Document, *, after: PageKey | None, size: int
) -> Page[CheckoutLink]:
    """Return a page of links that match *query*, the newest first."""
    return await fetch_page(
        store,
        _LINKS,
        query,
        order=NEWEST_FIRST,
        after=after,
        size=size,
        read=lambda document: decode(document, CheckoutLink),
    )


async def add_checkout_link(
    store: Store, link: CheckoutLink, operation: Operation, *, answer: Answer | None
) -> None:
    """Store a new link.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, _LINKS, [encode(link)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def close_checkout_link(
    store: Store, link: CheckoutLink, operation: Operation, *, answer: Answer | None
) -> None:
    """Store that *link* is revoked; how often it was used is not its business.

    Raises:
        Contention: somebody else revoked it first.
        DuplicateKey: the request was answered already.
    """
    closed = {name: value for name, value in encode(link).items() if name.startswith("revoke")}

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        statement = {"q": {"_id": link.id, "revoked_at": None}, "u": {"$set": closed}}
        await update(store, _LINKS, [statement], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def use_checkout_link(store: Store, use: LinkUse | None, session: Session) -> None:
    """Count a sign-up, or refuse it; None: nobody signs up.

    Raises:
        LinkUsedUp: as many have signed up as may, or it was revoked meanwhile; the transaction is over.
    """
    if use is None:
        return
    left = {"$expr": {"$lt": ["$uses", {"$ifNull": ["$uses_max", {"$add": ["$uses", 1]}]}]}}
    counted = {"q": {"_id": use.link_id, "revoked_at": None, **left}, "u": {"$inc": {"uses": 1}}}
    try:
        await update(store, _LINKS, [counted], session, missing=_UsesTaken)
    except _UsesTaken:
        raise LinkUsedUp from None
    await insert(store, _USES, [{"_id": use.subscription_id, "link_id": use.link_id}], session)


async def release_link_uses(store: Store, entries: Iterable[AppliedEvent], session: Session) -> None:
    """Let others have the uses of subscriptions that ended without ever having been paid for."""
    ended = [entry.decision.account.subscription.id for entry in entries if entry.never_came_about]
    if not ended:
        return
    of_ended = {"_id": {"$in": ended}}
    uses = await store[_USES].find(of_ended, session=session).to_list(None)
    if not uses:
        return
    await store[_USES].delete_many(of_ended, session=session)
    released = Counter(use["link_id"] for use in uses)
    uncounted = [{"q": {"_id": id_}, "u": {"$inc": {"uses": -count}}} for id_, count in released.items()]
    await update(store, _LINKS, uncounted, session)


class _UsesTaken(Exception):
    """The guard found no use that is left."""
