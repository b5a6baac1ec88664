"""The audit of chains: nothing sealed was altered, dropped or put in, whatever rules had decided it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ciclo.domain.account import Account
from ciclo.domain.ids import EventId
from ciclo.domain.replay import Difference
from ciclo.store.ledger.chain import checkpoint_digest, digest, effects_digest, link, order_digest
from ciclo.store.ledger.histories import RecordedPosting, SubscriptionHistory, checkpoint_account


def chain_differences(history: SubscriptionHistory) -> Iterator[Difference]:
    """Yield where a history is not what its chain of digests says.

    The last events may have no link: a release that knew of none may still run beside this one. The head
    of the chain then stands where the last link is.

    Raises:
        Unreadable: a document of a checkpoint does not hold what it should.
    """
    walk = _Walk()
    for place, posted in enumerate(history.posted, start=1):
        if posted.seq != place:
            yield Difference(posted.id, f"seq is {posted.seq}, expected {place}")
        if "chain" in posted.record:
            yield from _of_link(history, posted, walk)
        else:
            walk.pass_over(posted)
    if history.head is not None and history.head.chain != walk.link:
        yield Difference(history.subscription.id, "its chain of digests ends with another event")
    if history.posted:
        account = Account(
            subscription=history.subscription,
            invoices=history.invoices,
            payments=history.payments,
            credit_notes=tuple(history.credit_notes.values()),
        )
        yield from walk.changes_to(_digests(account))


@dataclass(slots=True)
class _Walk:
    """How far a chain was followed, and what is known of the documents as they were then."""

    link: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    """The last digest of each document."""
    knows_all: bool = True
    unsealed: list[RecordedPosting] = field(default_factory=list)
    """Events without a link that follow one with a link."""

    def pass_over(self, posted: RecordedPosting) -> None:
        """Go on over an event without a link: nobody knows what it wrote."""
        if self.link:
            self.unsealed.append(posted)
        self.documents.clear()
        self.knows_all = False

    def changes_to(self, digests: Mapping[str, str]) -> Iterator[Difference]:
        """Yield the documents of which *digests* are not what they were when they were last written."""
        for id_, sealed in self.documents.items():
            if id_ not in digests:
                yield Difference(id_, "is missing")
            elif digests[id_] != sealed:
                yield Difference(id_, "is not what its digest says")
        if self.knows_all:
            for id_ in digests.keys() - self.documents.keys():
                yield Difference(id_, "has no event that made it")


def _of_link(history: SubscriptionHistory, posted: RecordedPosting, walk: _Walk) -> Iterator[Difference]:
    """Check one sealed event, the checkpoint before it and what it brought about; *walk* goes on."""
    record = posted.record
    if link(walk.link, record) != record["chain"]:
        yield Difference(posted.id, "is not what its digest says, or does not follow the event before it")
    # By what is stored, so that one event that was altered is one difference.
    walk.link = record["chain"]
    checkpoint = history.checkpoints.get(posted.id, [])
    if "checkpoint" in record:
        walk.unsealed.clear()
        if checkpoint_digest(checkpoint) != record["checkpoint"]:
            yield Difference(posted.id, "has a checkpoint that is not what its digest says")
    elif checkpoint:
        yield Difference(posted.id, "has a checkpoint that it did not make")
    if checkpoint:
        known = _digests(checkpoint_account(checkpoint))
        yield from (
            Difference(f"{posted.id}/{difference.document}", difference.what)
            for difference in walk.changes_to(known)
        )
        walk.documents, walk.knows_all = known, True
    yield from map(_unsealed, walk.unsealed)
    walk.unsealed.clear()
    for id_, sealed in record["documents"].items():
        if not id_.startswith("evt_"):
            walk.documents[id_] = sealed
        elif _brought_about(history, posted.id, EventId(id_)) != sealed:
            yield Difference(id_, f"is not what {posted.id} brought about")


def _brought_about(history: SubscriptionHistory, cause: EventId, id_: EventId) -> str | None:
    """Return the digest of what an event brought about under *id_*: an order, or what bears its own id."""
    if id_ == cause:
        return effects_digest(history.movements.get(id_), history.credit_entries.get(id_, 0))
    record = history.records.get(id_)
    return order_digest(record) if record else None


def _digests(account: Account) -> dict[str, str]:
    """Return the digests of all documents of an account."""
    return (
        {str(account.subscription.id): digest(account.subscription)}
        | {str(id_): digest(invoice) for id_, invoice in account.invoices.items()}
        | {str(id_): digest(payment) for id_, payment in account.payments.items()}
        | {str(note.id): digest(note) for note in account.credit_notes}
    )


def _unsealed(posted: RecordedPosting) -> Difference:
    return Difference(posted.id, "has no digest, and an event before it has one")
