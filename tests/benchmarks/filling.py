"""A large ledger made up for measuring: documents of the real shapes, written without any rule."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from ciclo.domain.ids import CustomerId, EventId, InvoiceId, PaymentId, PlanId, SubscriptionId, derived_id
from ciclo.domain.invoice import Invoice, InvoiceKind, InvoiceStatus
from ciclo.domain.metrics import Movement, MovementCause
from ciclo.domain.payment import Payment, PaymentStatus
from ciclo.domain.period import Period
from ciclo.store.codec import encode
from ciclo.store.mongo.client import Store
from tests.builders import CARD, noon, service, terms

BATCH: Final = 5_000
PRICES: Final = (2990, 7990, 19990, 2842, 7596, 18990, 2691, 7190, 17990, 2392, 6392, 15992)
FIRST_DAY: Final = date(2022, 1, 1)
DAYS: Final = 1_460
"""Four years."""

CHANGES_MAX: Final = 7
"""Movements of one customer: one at least, four on average."""


async def fill(store: Store, collection: str, documents: Iterator[dict[str, Any]]) -> None:
    """Insert *documents*, some thousand at a time."""
    while batch := list(islice(documents, BATCH)):
        await store[collection].insert_many(batch, ordered=False)


def movements(number: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Yield *number* movements of a quarter as many customers."""
    dice = random.Random(seed)
    plans = [PlanId(_id("plan", f"plan {price}")) for price in PRICES]
    made = customer = 0
    while made < number:
        customer += 1
        plan, mrr, seq = dice.randrange(len(plans)), 0, 1
        day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
        for place in range(min(dice.randint(1, CHANGES_MAX), number - made)):
            made, seq, previous, before = made + 1, seq + dice.randint(1, 9), plan, mrr
            if mrr == 0:
                mrr, cause = PRICES[plan], MovementCause.RECOVERED if place else MovementCause.STARTED
            elif dice.random() < 0.4:
                plan = (plan + dice.randint(1, 11)) % len(plans)
                mrr, cause = PRICES[plan], MovementCause.CHANGED
            else:
                mrr, cause = 0, dice.choice((MovementCause.ENDED, MovementCause.PAUSED))
            event_id = EventId(_id("evt", f"movement {made}"))
            moved = Movement(
                event_id=event_id,
                subscription_id=SubscriptionId(_id("sub", f"customer {customer}")),
                seq=seq,
                customer_id=CustomerId(_id("cus", f"customer {customer}")),
                plan_id=plans[plan],
                previous_plan_id=plans[previous],
                currency="BRL",
                on=day,
                before=before,
                after=mrr,
                cause=cause,
            )
            yield {"_id": event_id, **encode(moved)}
            day += timedelta(days=dice.randrange(1, 150))


def invoices(number: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Yield *number* invoices: nearly all paid, some voided, some open."""
    dice = random.Random(seed)
    of = terms(2990)
    for place in range(number):
        start = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
        period, fate = Period(start, start + timedelta(days=30)), dice.random()
        issued_at = noon(start)
        settled_at = issued_at + timedelta(days=dice.randrange(20))
        invoice = Invoice(
            id=InvoiceId(_id("inv", f"invoice {place}")),
            number=f"F-{place + 1:08}",
            subscription_id=SubscriptionId(_id("sub", f"customer {place // 8}")),
            customer_id=CustomerId(_id("cus", f"customer {place // 8}")),
            kind=InvoiceKind.PERIOD,
            status=InvoiceStatus.PENDING,
            currency="BRL",
            lines=(service(of, period.start, period.end, total_days=30, amount=2990),),
            subtotal=2990,
            tax=0,
            credit_applied=0,
            total=2990,
            period=period,
            issued_at=issued_at,
            due_on=start,
        )
        if fate < 0.97:
            invoice = replace(invoice, status=InvoiceStatus.PAID, paid_at=settled_at)
        elif fate < 0.99:
            invoice = replace(invoice, status=InvoiceStatus.CANCELLED, voided_at=settled_at)
        yield encode(invoice)


def payments(number: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Yield *number* payments: nearly all completed."""
    dice = random.Random(seed)
    for place in range(number):
        created_at = noon(FIRST_DAY + timedelta(days=dice.randrange(DAYS)))
        came = dice.random() < 0.95
        payment = Payment(
            id=PaymentId(_id("pay", f"payment {place}")),
            invoice_id=InvoiceId(_id("inv", f"invoice {place}")),
            subscription_id=SubscriptionId(_id("sub", f"customer {place // 8}")),
            customer_id=CustomerId(_id("cus", f"customer {place // 8}")),
            amount=2990,
            currency="BRL",
            method=CARD,
            status=PaymentStatus.COMPLETED if came else PaymentStatus.FAILED,
            created_at=created_at,
            attempts=1,
            completed_at=created_at + timedelta(days=dice.randrange(20)) if came else None,
            confirmed=came,
            provider="sandbox",
            provider_reference=f"ch_{place:026}",
        )
        yield encode(payment)


def _id(prefix: str, facts: str) -> str:
    return derived_id(prefix, at=datetime(2022, 1, 1, tzinfo=UTC), facts=facts)
