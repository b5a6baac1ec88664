"""A fingerprint of the ledger: equal for two runs of the same business, whatever ids and numbers they gave.

Ids, numbers and instants within a day differ between runs; customers, dates, amounts and states do not.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from ciclo.actions.dependencies import Deps
from ciclo.domain.period import local_date
from ciclo.store.customers import find_customers
from ciclo.store.ledger.histories import SubscriptionHistory, scan_histories


async def ledger_digest(deps: Deps) -> str:
    """Return the SHA-256 of everything that was billed, paid, refunded and credited, by customer."""
    rows: list[bytes] = []
    async for batch in scan_histories(deps.store):
        customers = await find_customers(deps.store, {one.subscription.customer_id for one in batch})
        for history in batch:
            customer = customers[history.subscription.customer_id]
            facts = [customer.email, dict(customer.credit), *_facts(history, deps.policy.timezone)]
            rows.append(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS))
    return hashlib.sha256(b"\n".join(sorted(rows))).hexdigest()


def _facts(history: SubscriptionHistory, timezone: str) -> Iterator[Any]:
    def day(instant: datetime | None) -> str:
        return local_date(instant, timezone).isoformat() if instant else ""

    sub = history.subscription
    yield [sub.status, sub.terms.plan_name, sub.terms.price, str(sub.period.start), str(sub.period.end)]
    yield [day(sub.created_at), day(sub.activated_at), day(sub.ended_at), sub.end_reason]
    invoices = history.invoices.values()
    yield sorted(
        [invoice.kind, str(invoice.period), invoice.status, day(invoice.issued_at), day(invoice.paid_at)]
        for invoice in invoices
    )
    yield sorted(
        [[line.total for line in invoice.lines], invoice.credit_applied, invoice.credited]
        for invoice in invoices
    )
    payments = history.payments.values()
    yield sorted(
        [payment.amount, payment.status, payment.attempts, payment.refunded_amount] for payment in payments
    )
    yield sorted([day(payment.created_at), day(payment.completed_at)] for payment in payments)
    yield sorted(
        [credit_note.amount, credit_note.reason, day(credit_note.issued_at)]
        for credit_note in history.credit_notes.values()
    )
    yield sorted(
        [str(movement.on), movement.before, movement.after, movement.cause]
        for movement in history.movements.values()
    )
