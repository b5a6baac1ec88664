"""Lists: how each query is planned, by MongoDB's own profiler, and what depth costs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from statistics import median
from typing import Any, Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import CustomerId, ProductId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.products.product import first_price
from ciclo.domain.subscription import Status
from ciclo.store.events.lists import event_query, list_events
from ciclo.store.invoices import NEWEST_FIRST as INVOICES_NEWEST
from ciclo.store.invoices import invoice_query, list_invoices
from ciclo.store.mongo.client import Document
from ciclo.store.mongo.paging import Page, PageKey
from ciclo.store.payments import NEWEST_FIRST as PAYMENTS_NEWEST
from ciclo.store.payments import list_payments, payment_query
from ciclo.store.plans import list_plans, plan_query
from ciclo.store.products import write_product
from ciclo.store.subscriptions import NEWEST_FIRST, list_subscriptions, subscription_query
from tests.benchmarks import filling
from tests.benchmarks.accounts import RENEWAL, Names, notice_document, plan_id, plan_of, resting
from tests.benchmarks.applying import WorkNotDone
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Finding, at_most, in_turns, ratios
from tests.builders import noon

SIZE: Final = 50
SEED: Final = 7
FROM_END: Final = 200
"""How far from its end a list is deepest."""

Ask = Callable[[], Awaitable[Page[Any]]]


async def measure(bench: Bench) -> list[Finding]:
    """Look at the plan of every kind of list, then page at the beginning and at the end of a long one."""
    async with bench.deps("lists") as deps:
        await filled(bench, deps)
        poor = await unplanned(deps)
        deep = await _key_at(deps, bench.scale.many - FROM_END)
        asks = bench.scale.asks
        seconds = await in_turns(
            {"top": partial(_page_s, deps, None, asks), "deep": partial(_page_s, deps, deep, asks)},
            repetitions=bench.scale.repetitions,
        )
    return [
        at_most(
            0,
            [len(poor)],
            goal="E",
            subject="kinds of list that are no index scan or have a sort stage",
            unit="kinds",
            note="; ".join(f"{name}: {plan}" for name, plan in poor.items()),
        ),
        at_most(
            1.5,
            ratios(seconds["deep"], seconds["top"]),
            goal="E",
            subject=f"page at depth {bench.scale.many:,} against the first",
            note=f"{median(seconds['deep']) * 1e3:.2f} against {median(seconds['top']) * 1e3:.2f} ms",
        ),
    ]


def _kinds(deps: Deps, number: int) -> Mapping[str, Ask]:
    """Return every kind of list that the API has, each as its resolver asks for it."""
    store, names = deps.store, Names(number)
    owner, sub = CustomerId(names.of("cus")), names.of("sub")
    subscriptions: dict[str, Document] = {
        "subscriptions": subscription_query(owner=None),
        "subscriptions of a customer": subscription_query(owner=owner),
        "subscriptions by status": subscription_query(owner=None, statuses=(Status.ACTIVE,)),
    }
    payments: dict[str, Document] = {
        "payments": payment_query(owner=None),
        "payments of a customer": payment_query(owner=owner),
        "payments of a subscription": payment_query(owner=None, subscription_id=sub),
        "payments by status": payment_query(owner=None, status=PaymentStatus.COMPLETED),
        "payments by date": payment_query(owner=None, created_from=noon(filling.FIRST_DAY)),
    }
    invoices: dict[str, Document] = {
        "invoices": invoice_query(owner=None),
        "invoices of a customer": invoice_query(owner=owner),
        "invoices of a subscription": invoice_query(owner=None, subscription_id=sub),
        "invoices by status": invoice_query(owner=None, status=InvoiceStatus.PAID.value),
    }
    events: dict[str, Document] = {
        "events": event_query(),
        "events of a subscription": event_query(subscription_id=sub),
        "events by type": event_query(event_type=EventType.PAYMENT_SUCCESS),
    }
    return {
        **{
            name: partial(list_subscriptions, store, query, order=NEWEST_FIRST, after=None, size=SIZE)
            for name, query in subscriptions.items()
        },
        **{
            name: partial(list_payments, store, query, order=PAYMENTS_NEWEST, after=None, size=SIZE)
            for name, query in payments.items()
        },
        **{
            name: partial(list_invoices, store, query, order=INVOICES_NEWEST, after=None, size=SIZE)
            for name, query in invoices.items()
        },
        **{name: partial(list_events, store, query, after=None, size=SIZE) for name, query in events.items()},
        "plans": partial(list_plans, store, plan_query(active=True), after=None, size=SIZE),
    }


async def unplanned(deps: Deps) -> dict[str, str]:
    """Return the kinds of list that MongoDB did not answer by an index scan alone, and how it did.

    Raises:
        WorkNotDone: a list is empty, or the profiler did not see exactly one query for it.
    """
    database, found = deps.store.database, {}
    number = (await deps.store["subscriptions"].find_one({}, sort=[("_id", 1)]) or {})["_id"][-16:]
    for name, ask in _kinds(deps, int(number)).items():
        await database.command("profile", 2)
        try:
            page = await ask()
        finally:
            await database.command("profile", 0)
        seen = await database["system.profile"].find({"op": "query"}).to_list(None)
        await database["system.profile"].drop()
        if len(seen) != 1 or not page.items:
            raise WorkNotDone(f"{name}: {len(page.items)} items by {len(seen)} queries")
        plan = str(seen[0]["planSummary"])
        if "COLLSCAN" in plan or seen[0].get("hasSortStage"):
            found[name] = plan + (", sorted" if seen[0].get("hasSortStage") else "")
    return found


async def _key_at(deps: Deps, depth: int) -> PageKey:
    cursor = deps.store["payments"].find({}, {"created_at": 1}).sort([("created_at", -1), ("_id", -1)])
    [document] = await cursor.skip(max(0, depth)).limit(1).to_list(1)
    return PageKey(document["created_at"], document["_id"])


async def _page_s(deps: Deps, after: PageKey | None, asks: int) -> float:
    """Return the median seconds of one full page."""
    taken = []
    for _ in range(asks):
        began = time.perf_counter()
        page = await list_payments(deps.store, {}, order=PAYMENTS_NEWEST, after=after, size=SIZE)
        taken.append(time.perf_counter() - began)
        if len(page.items) != SIZE:
            raise WorkNotDone(f"a page has {len(page.items)} items")
    return median(taken)


async def filled(bench: Bench, deps: Deps) -> None:
    """Store many payments and some of everything else; one account has something of each."""
    await write_product(deps.store, first_price(plan_of(plan_id()), ProductId("prod_bench")), None)
    numbers = bench.take(bench.scale.few)

    def fill() -> None:
        with bench.ledger("lists") as ledger:
            ledger.add(resting().cast(number) for number in numbers)
            ledger.insert("events", (notice_document(number, now=RENEWAL) for number in numbers))
            ledger.insert("payments", filling.payments(bench.scale.many, seed=SEED))

    await asyncio.to_thread(fill)
