"""How a subscription is collected, as the API shows it and takes it."""

from datetime import date
from typing import Self

import strawberry

from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.lifecycle.calendar import mode_of, next_invoice_on, terms_of_collection
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription

strawberry.enum(
    CollectionMode,
    name="CollectionMode",
    description="Who collects. AUTOMATIC: a method on file is charged. INVOICE: sent, trusted, paid by its "
    "due date. EXTERNAL: somebody else does, and notices tell.",
)


@strawberry.type(description="Who collects a subscription's invoices, and on which days.")
class CollectionTerms:
    """The terms of collection."""

    mode: CollectionMode
    lead_days: int = strawberry.field(description="From the issue of an invoice to the period that it bills.")
    due_days: int = strawberry.field(description="From that period's first day to the due date.")
    first_due_days: int = strawberry.field(description="To pay a first invoice, or that of a change.")

    @classmethod
    def of(cls, sub: Subscription, policy: Policy) -> Self:
        """Return the terms of *sub*."""
        terms = terms_of_collection(sub, policy)
        return cls(
            mode=mode_of(sub),
            lead_days=terms.lead_days,
            due_days=terms.due_days,
            first_due_days=terms.first_due_days,
        )


def issue_day_of(sub: Subscription, policy: Policy) -> date | None:
    """Return the day on which the next invoice of *sub* is issued, if one is going to be."""
    return next_invoice_on(sub, policy)


@strawberry.input(description="How to collect; what is left out follows the payment method and the settings.")
class CollectionInput:
    """A choice of collection."""

    mode: CollectionMode | None = None
    lead_days: int | None = None
    due_days: int | None = None


def collection_of(given: CollectionInput | None) -> Collection:
    """Return what was chosen."""
    if given is None:
        return Collection()
    return Collection(mode=given.mode, lead_days=given.lead_days, due_days=given.due_days)
