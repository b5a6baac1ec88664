"""The upkeep of the operations log, once a day: its head is told, and what is too old is erased."""

from datetime import UTC, date, datetime, time

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.publish_events import publish_messages
from ciclo.domain.ids import MessageId, derived_id
from ciclo.domain.webhooks.message import MessageType
from ciclo.store.access.operation_heads import (
    BODIES_KEPT_FOR,
    OperationHead,
    erase_bodies,
    is_head_kept,
    keep_head,
)
from ciclo.store.access.operations import read_operations_head
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.webhooks.message_documents import RecordedMessage, body_of

_log = structlog.get_logger(__name__)


async def keep_operations_log(deps: Deps) -> OperationHead | None:
    """Do the day's upkeep; return the head that was told, None if that was done already.

    Any number of processes may do so. A log without an operation has no head.
    """
    now = deps.wall()
    day = now.astimezone(UTC).date()
    if await is_head_kept(deps.store, day):
        return None
    operations, link = await read_operations_head(deps.store)
    if operations == 0:
        return None
    head = OperationHead(day=day, operations=operations, link=link)
    told = await _message_of(deps, head, now=now)
    try:
        await keep_head(deps.store, head, told=told)
    except DuplicateKey:
        return None
    _log.info("operations_log_head", day=day.isoformat(), operations=operations, link=link)
    if told is not None:
        await publish_messages(deps, [(told.id, told.type.value)])
    erased = await erase_bodies(deps.store, before=now - BODIES_KEPT_FOR)
    if erased:
        _log.info("operations_erased", operations=erased)
    return head


async def _message_of(deps: Deps, head: OperationHead, *, now: datetime) -> RecordedMessage | None:
    """Return what tells the head, the same one whoever does; None where nobody is told of anything."""
    age_ms_max = deps.settings.webhook_audience_ms
    if not await deps.audience.is_there(deps.store, now=now, age_ms_max=age_ms_max):
        return None
    type_, id_ = MessageType.OPERATIONS_LOG_HEAD, head.day.isoformat()
    data = {"id": id_, "day": id_, "operations": head.operations, "link": head.link}
    return RecordedMessage(
        id=MessageId(derived_id("msg", at=_midnight(head.day), facts=f"{type_}:{id_}")),
        type=type_,
        object_id=id_,
        sequence=head.operations,
        place=0,
        occurred_at=now,
        recorded_at=now,
        event_id=None,
        endpoint_id=None,
        body=body_of(type_, data, at=now, sequence=head.operations, customer=None),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
