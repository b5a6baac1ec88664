"""Operations: what the audit log shows of one act."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry
from strawberry.scalars import JSON

from ciclo.store.access.operations import OperationRecord


@strawberry.enum(description="How somebody showed who they are.")
class Via(Enum):
    """A way in."""

    TOKEN = "TOKEN"  # noqa: S105 - a way in, not a secret
    KEY = "KEY"
    CLI = "CLI"
    LINK = "LINK"


@strawberry.type(
    description="One act of somebody: beside billing, or the event of billing that they asked for."
)
class Operation:
    """An act."""

    id: strawberry.ID
    at: datetime = strawberry.field(description="By the wall clock.")
    actor: str = strawberry.field(
        description="The token's subject, the API key's id, cli:user@host, or link: with an invoice's id."
    )
    via: Via
    address: str | None = strawberry.field(
        description="The IP address that it came from; an event of billing does not tell."
    )
    request_id: str | None = strawberry.field(description="As in the answer's x-request-id, and in the log.")
    action: str = strawberry.field(description="The mutation's name, or the type of billing's event.")
    target: str = strawberry.field(description="The id of what it is about.")
    before: JSON | None = strawberry.field(description="What differed before; without secrets and tax ids.")
    after: JSON | None = strawberry.field(description="What differs now; without secrets and tax ids.")
    seq: int | None = strawberry.field(
        description="Its place in the operations log; null for billing's events."
    )
    link: str | None = strawberry.field(
        description="The digest that seals it and all before it in its chain."
    )

    @classmethod
    def of(cls, record: OperationRecord) -> Self:
        """Return *record* as the API shows it."""
        return cls(
            id=strawberry.ID(record.id),
            at=record.at,
            actor=record.actor,
            via=Via(record.via),
            address=record.address or None,
            request_id=record.request_id or None,
            action=record.action,
            target=record.target,
            before=record.before,
            after=record.after,
            seq=record.seq,
            link=record.link or None,
        )
