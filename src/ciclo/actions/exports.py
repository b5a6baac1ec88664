"""Exports: what is stored of a range of days, as pieces of a file, in constant memory."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeVar

from ciclo.actions.access.operations import log_reading
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId
from ciclo.domain.metrics.months import DAY_MAX, DAY_MIN
from ciclo.domain.period import Period, local_date, start_of_day
from ciclo.exports import customers, events, invoices, movements, payments, subscriptions
from ciclo.exports.formats import Row, encode_head, encode_rows
from ciclo.exports.kinds import Format, Kind
from ciclo.store.reports.scans import (
    find_emails,
    scan_customers,
    scan_events,
    scan_invoices,
    scan_movements,
    scan_payments,
    scan_subscriptions,
)
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is asked for: which things, of which of the seller's days [start, end), in which format."""

    kind: Kind
    form: Format
    window: Period

    @property
    def file_name(self) -> str:
        """Return a name that tells what is in the file."""
        return f"ciclo-{self.kind}-{self.window.start}-{self.window.end}.{self.form}"


@dataclass(frozen=True, slots=True)
class ExportChunk:
    """The next bytes of a file, and how many rows they hold."""

    content: bytes
    rows: int


def validate_export(export: Export) -> Export:
    """Return *export* if its days can be looked for.

    Raises:
        InvalidValue: there are no days, or they are outside DAY_MIN to DAY_MAX.
    """
    window = export.window
    if window.start >= window.end:
        raise InvalidValue("the end must be after the start: it is the first day not exported")
    if window.start < DAY_MIN or window.end > DAY_MAX:
        raise InvalidValue(f"an export is about days from {DAY_MIN} to {DAY_MAX}")
    return export


async def export_chunks(deps: Deps, export: Export, *, by: Actor) -> AsyncIterator[ExportChunk]:
    """Yield the file piece by piece, its head first; the rows are in order of date. *by* is logged.

    Raises:
        InvalidValue: see `checked`.
        PyMongoError: MongoDB failed; what came so far is no whole file.
    """
    validate_export(export)
    days = {"from": export.window.start.isoformat(), "to": export.window.end.isoformat()}
    await log_reading(deps, by, "export", f"{export.kind}.{export.form}", what=days)
    columns, rows_of = _KINDS[export.kind]
    yield ExportChunk(encode_head(columns, form=export.form), 0)
    async for rows in rows_of(deps, export.window):
        yield ExportChunk(encode_rows(columns, rows, form=export.form), len(rows))


def _payments(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    start, end = _instants(deps, window)
    return _rows(deps, scan_payments(deps.store, start=start, end=end), payments.payment_row)


async def _invoices(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    start, end = _instants(deps, window)
    today = local_date(await deps.clock.now(), deps.policy.timezone)
    row = partial(invoices.invoice_row, today=today)
    async for rows in _rows(deps, scan_invoices(deps.store, start=start, end=end), row):
        yield rows


def _subscriptions(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    start, end = _instants(deps, window)
    return _rows(deps, scan_subscriptions(deps.store, start=start, end=end), subscriptions.subscription_row)


def _movements(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    return _rows(deps, scan_movements(deps.store, window), movements.movement_row)


async def _events(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    start, end = _instants(deps, window)
    async for batch in scan_events(deps.store, start=start, end=end):
        yield [events.event_row(record) for record in batch]


async def _customers(deps: Deps, window: Period) -> AsyncIterator[list[Row]]:
    start, end = _instants(deps, window)
    async for batch in scan_customers(deps.store, start=start, end=end):
        yield [customers.customer_row(customer) for customer in batch]


_KINDS: Final[Mapping[Kind, tuple[Sequence[str], Callable[[Deps, Period], AsyncIterator[list[Row]]]]]] = {
    Kind.PAYMENTS: (payments.COLUMNS, _payments),
    Kind.INVOICES: (invoices.COLUMNS, _invoices),
    Kind.SUBSCRIPTIONS: (subscriptions.COLUMNS, _subscriptions),
    Kind.MOVEMENTS: (movements.COLUMNS, _movements),
    Kind.EVENTS: (events.COLUMNS, _events),
    Kind.CUSTOMERS: (customers.COLUMNS, _customers),
}


class _HasCustomer(Protocol):
    """Something that belongs to a customer."""

    @property
    def customer_id(self) -> CustomerId: ...


Item = TypeVar("Item", bound=_HasCustomer)


async def _rows(
    deps: Deps, batches: AsyncIterator[list[Item]], row: Callable[[Item, str | None], Row]
) -> AsyncIterator[list[Row]]:
    """Yield the rows of *batches*, with the addresses of those whose they are."""
    async for batch in batches:
        emails = await find_emails(deps.store, (value.customer_id for value in batch))
        yield [row(value, emails.get(value.customer_id)) for value in batch]


def _instants(deps: Deps, window: Period) -> tuple[datetime, datetime]:
    """Return when the days of *window* begin and end for the seller."""
    zone = deps.policy.timezone
    return start_of_day(window.start, zone), start_of_day(window.end, zone)
