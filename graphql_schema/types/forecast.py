"""What is to come: invoices that are not issued yet, and what a creation or a cancellation would bring."""

from datetime import date
from typing import Self

import strawberry

from ciclo.actions.changes import pauses
from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.forecast import CreationPreview as DomainCreationPreview
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.one_off import last_lines
from ciclo.domain.period import local_date
from ciclo.domain.policy import Policy
from graphql_schema.types.enums import InvoiceKind, SubscriptionStatus
from graphql_schema.types.invoices.invoice_line import InvoiceLine, Period
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="An invoice that is not issued yet. Dates are the seller's.")
class ForecastInvoice:
    """An invoice to come."""

    on: date = strawberry.field(description="The day of its issue.")
    due_on: date
    kind: InvoiceKind
    period: Period
    lines: list[InvoiceLine]
    subtotal: Money
    tax: Money = strawberry.field(description="Of the lines; within the subtotal.")
    credit_applied: Money = strawberry.field(description="What the customer's balance pays of it.")
    total: Money = strawberry.field(description="To pay.")

    @classmethod
    def of(cls, invoice: Invoice, *, timezone: str) -> Self:
        """Return an invoice that the engine would issue."""
        currency = invoice.currency
        return cls(
            on=local_date(invoice.issued_at, timezone),
            due_on=invoice.due_on,
            kind=invoice.kind,
            period=Period.of(invoice.period),
            lines=[InvoiceLine.of(line, currency) for line in invoice.lines],
            subtotal=to_money(invoice.subtotal, currency),
            tax=to_money(invoice.tax, currency),
            credit_applied=to_money(invoice.credit_applied, currency),
            total=to_money(invoice.total, currency),
        )


@strawberry.type(description="What a new subscription would be asked for, to the cent.")
class CreationPreview:
    """A preview of a creation."""

    status: SubscriptionStatus = strawberry.field(description="Once it is taken up, and before any payment.")
    trial_ends_on: date | None
    total_due_now: Money
    now: ForecastInvoice | None = strawberry.field(description="Issued at once; null in a trial.")
    next: ForecastInvoice | None = strawberry.field(description="The first one after that.")

    @classmethod
    def of(cls, preview: DomainCreationPreview, *, timezone: str) -> Self:
        """Return a preview as the API shows it."""
        sub, now, after = preview.account.subscription, preview.now, preview.next
        return cls(
            status=sub.status,
            trial_ends_on=sub.trial.end if sub.trial else None,
            total_due_now=to_money(now.total if now else 0, sub.terms.currency),
            now=ForecastInvoice.of(now, timezone=timezone) if now else None,
            next=ForecastInvoice.of(after, timezone=timezone) if after else None,
        )


@strawberry.type(description="What a cancellation would come to, to the cent.")
class CancellationPreview:
    """A preview of a cancellation."""

    status: SubscriptionStatus = strawberry.field(description="After the request.")
    ends_on: date = strawberry.field(description="The first day without service.")
    given_back: Money = strawberry.field(description="Onto the customer's balance.")
    refunded: Money = strawberry.field(description="Back to the payments that paid it.")
    lines: list[InvoiceLine] = strawberry.field(description="How both come about: the unused days.")
    still_owed: Money = strawberry.field(
        description="Open invoices, which stay owed, and what waits for one: that is billed at the end."
    )
    last_lines: list[InvoiceLine] = strawberry.field(
        description="Items that wait, and the fee for its end: on a last invoice, and a part of stillOwed."
    )

    @classmethod
    def of(cls, entry: AppliedEvent, *, policy: Policy) -> Self:
        """Return what an uncommitted cancellation came to."""
        account = entry.decision.account
        sub, currency = account.subscription, account.subscription.terms.currency
        notes = account.credit_notes[len(entry.before.credit_notes) :]
        waits = sum(line.total for line in sub.waiting_lines)
        credited = sum(note.amount for note in notes) + max(0, -waits)
        to_come = last_lines(sub, on=sub.period.end, policy=policy) if sub.is_live else ()
        issued = [
            line
            for id_, invoice in account.invoices.items()
            if id_ not in entry.before.invoices and not invoice.bills_service
            for line in invoice.lines
        ]
        owed = sum(invoice.total for invoice in account.open_invoices()) + max(0, waits)
        return cls(
            status=sub.status,
            ends_on=local_date(sub.ended_at, policy.timezone) if sub.ended_at else sub.period.end,
            given_back=to_money(credited, currency),
            refunded=to_money(_sent_back(account) - _sent_back(entry.before), currency),
            lines=[InvoiceLine.of(line, currency) for line in entry.decision.unused_lines],
            still_owed=to_money(owed + sum(line.total for line in to_come), currency),
            last_lines=[InvoiceLine.of(line, currency) for line in (*issued, *to_come)],
        )


@strawberry.type(description="What a pause would come to, to the cent.")
class PausePreview:
    """A preview of a pause."""

    stops_on: date = strawberry.field(description="The first day without service.")
    resumes_on: date | None = strawberry.field(description="The day on which it goes on by itself.")
    given_back: Money = strawberry.field(description="Onto the customer's balance.")
    lines: list[InvoiceLine] = strawberry.field(description="How that comes about: the unused days.")

    @classmethod
    def of(cls, preview: pauses.PausePreview) -> Self:
        """Return a preview as the API shows it."""
        return cls(
            stops_on=preview.stops_on,
            resumes_on=preview.resumes_on,
            given_back=to_money(preview.given_back, preview.currency),
            lines=[InvoiceLine.of(line, preview.currency) for line in preview.lines],
        )


def _sent_back(account: Account) -> int:
    return sum(payment.reserved_amount for payment in account.payments.values())
