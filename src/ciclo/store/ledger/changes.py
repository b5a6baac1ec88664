"""What a batch of events changes, as documents and updates: only what differs from what was loaded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Final, TypeVar

from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent, BalanceKey, balance_key
from ciclo.domain.customer import Addressee
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.payments.grant import Grant
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import encode, encode_part
from ciclo.store.ledger.chain import HEAD, Head, head_document
from ciclo.store.ledger.subscription_price import price_change
from ciclo.store.mongo.client import Document


class Changes:
    """What a batch changes, found by comparing each account's last state with the one that was loaded."""

    def __init__(self, entries: Sequence[AppliedEvent], addressees: Mapping[CustomerId, Addressee]) -> None:
        self.entries = entries
        self.before: dict[SubscriptionId, Account] = {}
        self.after: dict[SubscriptionId, Account] = {}
        for entry in entries:
            self.before.setdefault(entry.event.subscription_id, entry.before)
            self.after[entry.event.subscription_id] = entry.decision.account
        self.addressees = addressees
        self.new_invoices = [
            self._addressed(invoice)
            for id_, after in self.after.items()
            for invoice in after.invoices.values()
            if invoice.id not in self.before[id_].invoices
        ]
        self.new_invoices.sort(key=lambda invoice: (invoice.issued_at, invoice.id))
        self.credit_notes: list[CreditNote] = [
            note for after in self.after.values() for note in after.credit_notes
        ]

    def subscriptions(
        self, loaded: Mapping[SubscriptionId, Head | None], heads: Mapping[SubscriptionId, Head]
    ) -> list[Document]:
        """Return the guarded updates of all subscriptions; each has at least a new version and head."""
        chains = {id_: head.chain for id_, head in loaded.items() if head is not None}
        return [
            {
                # Of the chain too: a migration may have sealed the history since it was loaded.
                "q": {
                    "_id": id_,
                    "version": self.before[id_].subscription.version,
                    f"{HEAD}.chain": chains.get(id_),
                },
                "u": _difference(
                    self.before[id_].subscription,
                    after.subscription,
                    **{HEAD: head_document(heads[id_])},
                    **price_change(self.before[id_].subscription, after.subscription),
                ),
            }
            for id_, after in self.after.items()
        ]

    def of_subscriptions(self) -> Iterator[tuple[Subscription, Subscription]]:
        """Yield each subscription as it was loaded and as it is."""
        for id_, after in self.after.items():
            yield self.before[id_].subscription, after.subscription

    def written(
        self, id_: SubscriptionId, numbers: Mapping[str, str]
    ) -> Iterator[Subscription | Invoice | Payment | CreditNote]:
        """Yield every document of one account that is written, as it will be; *numbers* are just given."""
        before, after = self.before[id_], self.after[id_]
        yield after.subscription
        for invoice in after.invoices.values():
            if invoice.id in numbers:
                yield replace(self._addressed(invoice), number=numbers[invoice.id])
            elif before.invoices.get(invoice.id) is not invoice:
                yield invoice
        for payment in after.payments.values():
            if before.payments.get(payment.id) is not payment:
                yield payment
        for note in after.credit_notes:
            yield replace(note, number=numbers[note.id])

    def _addressed(self, invoice: Invoice) -> Invoice:
        """Return *invoice* as it is issued: it names the customer as they are known now (rule 43)."""
        return replace(invoice, addressee=self.addressees.get(invoice.customer_id))

    def changed_invoices(self) -> list[Document]:
        """Return the updates of the invoices that were there and changed."""
        return [
            {"q": {"_id": invoice.id}, "u": _difference(was, invoice)}
            for id_, after in self.after.items()
            for invoice in after.invoices.values()
            if (was := self.before[id_].invoices.get(invoice.id)) is not None and was is not invoice
        ]

    def payments(self) -> tuple[list[Document], list[Document]]:
        """Return the new payments, and the updates of those that changed."""
        new, changed = [], []
        for id_, after in self.after.items():
            before = self.before[id_].payments
            for payment in after.payments.values():
                was = before.get(payment.id)
                if was is None:
                    new.append(encode(payment))
                elif was is not payment:
                    changed.append({"q": {"_id": payment.id}, "u": _difference(was, payment)})
        return new, changed

    def movements(self) -> list[Document]:
        """Return how MRR moved, one document an event at most."""
        return [
            {"_id": entry.event.id, **encode(entry.decision.movement)}
            for entry in self.entries
            if entry.decision.movement is not None
        ]

    def grants(self) -> dict[BalanceKey, tuple[Grant, ...]]:
        """Return what is left of grants, by customer and currency, where that changed."""
        return {
            balance_key(entry.before.subscription): entry.decision.account.grants
            for entry in self.entries
            if entry.decision.account.grants != entry.grants_before
        }

    def credit_entries(self) -> list[Document]:
        """Return the lines of the customers' balances."""
        return [
            {
                "_id": entry.event.id,
                "customer_id": entry.before.subscription.customer_id,
                "subscription_id": entry.event.subscription_id,
                "currency": entry.before.subscription.terms.currency,
                "amount": entry.credit_change,
                "occurred_at": entry.event.occurred_at,
            }
            for entry in self.entries
            if entry.credit_change
        ]


Stored = TypeVar("Stored", Subscription, Invoice, Payment)

_NAMES: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(attribute.name for attribute in fields(kind) if attribute.name != "id")
    for kind in (Subscription, Invoice, Payment)
}


def _difference(before: Stored, after: Stored, **also: object) -> Document:
    """Return the update that makes the document of *before* that of *after*, and sets fields *also*.

    It sets only what changed, because a replacement makes MongoDB work on every index of the collection.
    Values are immutable, so a field that still holds the same object is as it was.
    """
    changed = {
        name: encode_part(value)
        for name in _NAMES[type(after)]
        if (value := getattr(after, name)) is not getattr(before, name)
    }
    return {"$set": changed | also}
