"""Queries use their indexes: none that is asked here reads a collection from end to end."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.domain.events.event import Event
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.ids import CustomerId, EventId
from ciclo.domain.invoice import CreditNote
from ciclo.store.access.audit_log import AuditFilter, list_acts
from ciclo.store.accounts import load_accounts
from ciclo.store.credit_notes import credit_note_query, credit_notes_of, list_credit_notes
from ciclo.store.customer_merge import find_merged_into
from ciclo.store.customers import find_customer_by_email, find_customer_by_external_id, search_customers
from ciclo.store.events.dead_letters import (
    find_dead,
    find_dead_orders,
    list_dead,
    reopen_dead_letters,
)
from ciclo.store.events.due_faults import find_due_faults
from ciclo.store.events.leases import find_deliverable, release_lease, renew_lease, take_lease
from ciclo.store.events.lists import event_query, list_events
from ciclo.store.events.orders import find_held, was_declined
from ciclo.store.events.outbox import (
    close_for_review,
    count_failure,
    find_unprocessed,
    find_unpublished,
    is_drained,
    make_dead_letter,
    postpone_publication,
    read_backlog,
)
from ciclo.store.events.records import new_document
from ciclo.store.invoices import find_numbered, list_invoices
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.paging import Page, PageKey, SortKind, SortOrder
from ciclo.store.payments import (
    find_payment_by_reference,
    in_flight_since,
    list_payments,
    payments_of_invoices,
)
from ciclo.store.plans import list_plans
from ciclo.store.reports.movements import find_aliases, find_merged_movers
from ciclo.store.subscriptions import (
    NEWEST_FIRST,
    current_subscription,
    find_due_subscriptions,
    find_next_due_at,
    find_still_due,
    has_plan_elsewhere,
    has_scheduled_plan,
    list_subscriptions,
    subscription_query,
)
from tests.builders import Story, event, noon, terms
from tests.profile import profiled
from tests.store.storing import stored

FIRST, SECOND = date(2026, 1, 10), date(2026, 2, 10)
NOW: Final = noon(SECOND)
STORY: Final = Story(FIRST, of=terms()).start()
ID: Final = EventId(event(PaymentSucceeded(amount=1, currency="BRL"), at=SECOND).id)


async def _credit_notes(
    store: Store, *, owner: CustomerId | None = None, invoice_id: str | None = None
) -> Page[CreditNote]:
    query = await credit_note_query(store, owner=owner, invoice_id=invoice_id)
    return await list_credit_notes(store, query, after=None, size=10)


def _event(payload: PaymentSucceeded | PaymentFailed) -> Event:
    return event(payload, at=SECOND)


DATE, NUMBER = SortKind.DATE, SortKind.NUMBER


def by(field: str, kind: SortKind, *, descending: bool = True) -> SortOrder:
    return SortOrder(field=field, kind=kind, descending=descending)


QUERIES: Final[dict[str, Callable[[Store], Awaitable[object]]]] = {
    "what is due": lambda store: find_due_subscriptions(store, now=NOW, subscriptions_max=10),
    "what is due but what is held back": lambda store: find_due_subscriptions(
        store, now=NOW, subscriptions_max=10, without=[STORY.subscription.id]
    ),
    "what is still due": lambda store: find_still_due(store, [STORY.subscription.id], now=NOW),
    "what is due next": find_next_due_at,
    "a plan by another subscription": lambda store: has_plan_elsewhere(
        store, STORY.subscription.customer_id, "plan_1", but=STORY.subscription.id
    ),
    "a plan that is scheduled": lambda store: has_scheduled_plan(
        store, STORY.subscription.customer_id, "plan_1"
    ),
    "what is held back": find_due_faults,
    "accounts": lambda store: load_accounts(store, (), ids=[STORY.subscription.id]),
    "accounts of a notice": lambda store: load_accounts(
        store, [_event(PaymentSucceeded(amount=2990, currency="BRL"))]
    ),
    "current subscription": lambda store: current_subscription(store, STORY.subscription.customer_id),
    "payment by reference": lambda store: find_payment_by_reference(store, "ch_1"),
    "payments of invoices": lambda store: payments_of_invoices(store, ["inv_1"]),
    "payments in flight": lambda store: in_flight_since(store, NOW, invoices_max=10),
    "credit notes": lambda store: credit_notes_of(store, ["inv_1"]),
    "credit notes of a customer": lambda store: _credit_notes(store, owner=CustomerId("cus_1")),
    "credit notes of an invoice": lambda store: _credit_notes(store, invoice_id="inv_1"),
    "all credit notes": _credit_notes,
    "who became a part of a customer": lambda store: find_merged_into(store, [CustomerId("cus_1")]),
    "all who were merged": find_aliases,
    "days of who was merged": lambda store: find_merged_movers(store, "BRL"),
    "plans by price": lambda store: list_plans(
        store, {}, order=by("price.amount", NUMBER), after=None, size=10
    ),
    "subscriptions by next billing date": lambda store: list_subscriptions(
        store, {}, order=by("next_billing_date", DATE), after=None, size=10
    ),
    "subscriptions of some customers": lambda store: list_subscriptions(
        store,
        subscription_query(owner=None, customer_ids=[CustomerId("cus_1"), CustomerId("cus_2")]),
        order=NEWEST_FIRST,
        after=None,
        size=5,
    ),
    "invoices by number": lambda store: find_numbered(store, "INV-0", invoices_max=5),
    "invoices by due date": lambda store: list_invoices(
        store, {}, order=by("due_on", DATE), after=None, size=10
    ),
    "invoices by total": lambda store: list_invoices(
        store, {}, order=by("total", NUMBER), after=None, size=10
    ),
    "payments by amount": lambda store: list_payments(
        store, {}, order=by("amount", NUMBER), after=None, size=10
    ),
    "credit notes by amount": lambda store: list_credit_notes(
        store, {}, order=by("amount", NUMBER), after=None, size=10
    ),
    "customer by address": lambda store: find_customer_by_email(store, "ana@example.com"),
    "customer by external id": lambda store: find_customer_by_external_id(store, "user-7"),
    "customers by prefix": lambda store: search_customers(store, "an"),
    "events of a delivery": lambda store: find_unprocessed(store, [ID]),
    "events to publish": lambda store: find_unpublished(store, now=NOW, events_max=10),
    "events published": lambda store: postpone_publication(store, [ID], now=NOW),
    "event blamed": lambda store: count_failure(store, ID, error="broken", tries_max=3, now=NOW),
    "event buried": lambda store: make_dead_letter(store, ID, error="broken", now=NOW),
    "events set aside": lambda store: close_for_review(store, [ID], outcome="UNKNOWN", review="who", now=NOW),
    "backlog": lambda store: read_backlog(store, now=NOW),
    "rest": is_drained,
    "acts": lambda store: list_acts(store, AuditFilter(), after=None, size=10),
    "acts on one thing": lambda store: list_acts(
        store, AuditFilter(target=STORY.subscription.id), after=None, size=10
    ),
    "dead": lambda store: list_dead(store, after=None, size=10),
    "dead by id": lambda store: find_dead(store, [ID]),
    "revived": lambda store: reopen_dead_letters(store, [ID], by="ops", now=NOW),
    "dead orders by id": lambda store: find_dead_orders(store, [ID]),
    "events to deliver": lambda store: find_deliverable(store, [ID], now=NOW),
    "events taken": lambda store: take_lease(store, [ID], holder="me", now=NOW, until=NOW),
    "events renewed": lambda store: renew_lease(store, [ID], holder="me", until=NOW),
    "events released": lambda store: release_lease(store, [ID], holder="me"),
    "orders held": lambda store: find_held(store, [ID]),
    "an order's answer": lambda store: was_declined(store, STORY.payment()),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_is_a_scan_of_an_index_without_a_sort(deps: Deps, name: str) -> None:
    await stored(deps, STORY)

    async with profiled(deps.store) as profile:
        await QUERIES[name](deps.store)

    assert profile.reads
    assert [one for one in profile.reads if "COLLSCAN" in one.plan] == []
    assert [one for one in profile.reads if one.is_sorted] == []


async def test_open_invoices_are_found_without_reading_paid_ones(deps: Deps) -> None:
    await stored(deps, STORY)

    async with profiled(deps.store) as profile:
        await load_accounts(deps.store, (), ids=[STORY.subscription.id])

    plans = {one.plan for one in profile.reads if one.collection == "invoices"}
    assert plans == {"IXSCAN { subscription_id: 1 }"}


OTHERS: Final = 600
"""Documents that a list of a rare kind has no business with."""

RARE: Final[dict[str, Callable[[Store], Awaitable[Page[Any]]]]] = {
    "events by type": lambda store: list_events(
        store, event_query(event_type=EventType.PAYMENT_FAILED), after=None, size=20
    ),
    "unprocessed events": lambda store: list_events(store, event_query(processed=False), after=None, size=20),
    "events to review": lambda store: list_events(store, event_query(needs_review=True), after=None, size=20),
    "subscriptions by plan": lambda store: list_subscriptions(
        store,
        subscription_query(owner=None, plan_id="plan_rare"),
        order=NEWEST_FIRST,
        after=None,
        size=20,
    ),
}


async def crowded(deps: Deps) -> None:
    """Store very many things of the usual kinds, and one that is of every rare kind."""
    await stored(deps, STORY)
    usual = new_document(
        _event(PaymentSucceeded(amount=1, currency="BRL")), recorded_at=NOW, next_publish_at=NOW
    )
    rare = new_document(_event(PaymentFailed(amount=1, currency="BRL")), recorded_at=NOW, next_publish_at=NOW)
    events = [
        {**usual, "_id": f"evt_{number}", "dedupe_key": f"key {number}", "processed": True}
        for number in range(OTHERS)
    ]
    # The oldest, so that whoever goes from the newest on meets all the others first.
    events.append({**rare, "_id": "evt_", "dedupe_key": "rare", "review": "ALREADY_PAID"})
    await deps.store["events"].insert_many(events)
    subscription = await deps.store["subscriptions"].find_one({})
    assert subscription is not None
    copies = [
        {**subscription, "_id": f"sub_{number}", "customer_id": f"cus_{number}"} for number in range(OTHERS)
    ]
    copies[0]["terms"] = {**subscription["terms"], "plan_id": "plan_rare"}
    await deps.store["subscriptions"].insert_many(copies)


async def test_a_list_of_a_rare_kind_reads_nothing_else(deps: Deps) -> None:
    await crowded(deps)

    for name, ask in RARE.items():
        async with profiled(deps.store) as profile:
            page = await ask(deps.store)

        assert len(page.items) == 1, name
        assert sum(one.documents for one in profile.reads) == 1, name


ORDERS: Final = {
    "subscriptions": (list_subscriptions, by("next_billing_date", DATE), PageKey("2026-02-10", "sub_5")),
    "subscriptions without a date": (
        list_subscriptions,
        by("next_billing_date", DATE),
        PageKey(None, "sub_5"),
    ),
    "subscriptions the other way": (
        list_subscriptions,
        by("next_billing_date", DATE, descending=False),
        PageKey(None, "sub_5"),
    ),
    "invoices by due date": (list_invoices, by("due_on", DATE), PageKey("2026-01-10", "inv_5")),
    "payments": (list_payments, by("amount", NUMBER), PageKey(2990, "pay_5")),
}


@pytest.mark.parametrize("name", ORDERS)
async def test_a_later_page_of_any_order_is_a_scan_of_its_index_without_a_sort(deps: Deps, name: str) -> None:
    await stored(deps, STORY)
    read, order, key = ORDERS[name]

    async with profiled(deps.store) as profile:
        await read(deps.store, {}, order=order, after=key, size=10)  # type: ignore[operator] # each of them

    [plan] = [one.plan for one in profile.reads]
    assert "SORT " not in plan
    assert f"{order.field}: -1" in plan
