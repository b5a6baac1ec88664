"""Approvals: what one person asked for and a second one has to decide, each once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

NEWEST_FIRST: Final = SortOrder(field="asked_at")
_APPROVALS: Final = "approvals"


class ApprovalKind(StrEnum):
    """What can wait for a second person."""

    REFUND_PAYMENT = "REFUND_PAYMENT"
    PAY_OUT_BALANCE = "PAY_OUT_BALANCE"


class ApprovalStatus(StrEnum):
    """Where an approval is in its life."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What somebody asked for; `target` is a payment's or a customer's id. Instants are by the wall clock."""

    id: str
    kind: ApprovalKind
    target: str
    amount: int
    currency: str
    reason: str | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    decision: ApprovalStatus | None = None
    """APPROVED or REJECTED, once it is decided."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None

    def status(self, now: datetime) -> ApprovalStatus:
        """Return its status at *now*, by the wall clock."""
        if self.decision is not None:
            return self.decision
        return ApprovalStatus.WAITING if now < self.expires_at else ApprovalStatus.EXPIRED


class ApprovalTaken(Exception):
    """Somebody else decided it first. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecision:
    """A second person's decision about one approval, and the operation that tells it."""

    approval_id: str
    decision: ApprovalStatus
    by: str
    at: datetime
    operation: Operation
    reason: str | None = None


async def add_approval(
    store: Store, approval: Approval, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store what somebody asked for.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, _APPROVALS, [_document(approval)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def write_decision(store: Store, decision: ApprovalDecision | None, session: Session) -> None:
    """Write a second person's decision in the transaction that carries it out; None: there was none to make.

    Raises:
        ApprovalTaken: it is decided, or was never asked.
    """
    if decision is None:
        return
    decided = {
        "decision": decision.decision.value,
        "decided_by": decision.by,
        "decided_at": decision.at,
        "decision_reason": decision.reason,
    }
    undecided = {"_id": decision.approval_id, "decision": None, "expires_at": {"$gt": decision.at}}
    await update(
        store, _APPROVALS, [{"q": undecided, "u": {"$set": decided}}], session, missing=ApprovalTaken
    )
    await append_operation(store, decision.operation, session)


async def decide_alone(store: Store, decision: ApprovalDecision, *, answer: Answer | None = None) -> None:
    """Write a decision that moves no money.

    Raises:
        ApprovalTaken: it is decided already.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await write_decision(store, decision, session)

    await run_transaction(store, body)


async def find_approval(store: Store, approval_id: str) -> Approval | None:
    """Return what was asked for, by its id."""
    document = await store[_APPROVALS].find_one({"_id": approval_id})
    return _approval(document) if document else None


async def list_approvals(
    store: Store, query: Document, *, after: PageKey | None, size: int
) -> Page[Approval]:
    """Return a page of approvals that match *query* (made by `approval_query`), the newest first."""
    return await fetch_page(
        store, _APPROVALS, query, order=NEWEST_FIRST, after=after, size=size, read=_approval
    )


async def count_approvals(store: Store, query: Document) -> int:
    """Return how many approvals match."""
    return await count_documents(store, _APPROVALS, query)


def approval_query(*, waiting: bool | None, now: datetime) -> Document:
    """Return the query of a list of approvals; None: decided or not."""
    open_: Document = {"decision": None, "expires_at": {"$gt": now}}
    if waiting is None:
        return {}
    return open_ if waiting else {"$nor": [open_]}


def _document(approval: Approval) -> Document:
    document: Document = {name: getattr(approval, name) for name in Approval.__slots__}
    return {"_id": document.pop("id")} | document | {"kind": approval.kind.value}


def _approval(document: Document) -> Approval:
    fields: dict[str, Any] = {name: document[name] for name in Approval.__slots__ if name in document}
    decision = fields.pop("decision", None)
    kind = ApprovalKind(fields.pop("kind"))
    return Approval(
        id=document["_id"], kind=kind, decision=ApprovalStatus(decision) if decision else None, **fields
    )
