"""Declines: how often a customer's cards may be declined, so that nobody tries out cards here (rule 41).

Whoever is about to try a card takes a place in Redis, which all processes see. It is given back where no
card was declined: the request was refused for another reason, the card was kept, the charge succeeded. So
tries that wait for their answer count, too, and many at a time get no further than one after the other.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.customer import Customer
from ciclo.domain.errors.payments import CardDeclined, TooManyDeclines
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import InvoiceId, SubscriptionId
from ciclo.domain.payment import MethodKind
from ciclo.metrics import CARD_REFUSALS
from ciclo.outage import Outage
from ciclo.streams.connection import StreamsUnavailable
from ciclo.streams.places import Window, free_place, free_places_of, note_places, take_place

CUSTOMER_WINDOWS: Final = (
    Window(places=5, lasts=timedelta(hours=1)),
    Window(places=20, lasts=timedelta(days=1)),
)
"""What a customer may try by self-service."""

ADDRESS_WINDOWS: Final = (
    Window(places=10, lasts=timedelta(hours=1)),
    Window(places=30, lasts=timedelta(days=1)),
)
"""What may be tried from one IP address by checkout links, where anybody is a new customer each time."""

INVOICE_WINDOWS: Final = (Window(places=10, lasts=timedelta(hours=1)),)
"""What anybody may try to pay one invoice by, an operator too."""

_uncounted: Final = Outage("declines_uncounted")


@dataclass(slots=True, kw_only=True)
class CardTry:
    """A card that is tried. `is_charged`: what becomes of it is heard later."""

    is_charged: bool = False


@asynccontextmanager
async def try_card(
    deps: Deps,
    subscription_id: SubscriptionId,
    *,
    caller: Caller,
    kind: MethodKind | None,
    invoice_ids: Sequence[InvoiceId] = (),
) -> AsyncIterator[CardTry]:
    """Count what the block does as a try of a card to pay *invoice_ids*, unless it is no card that is tried.

    While Redis is away nothing is counted: a customer who can't pay would cost more than the tries do.

    Raises:
        TooManyDeclines: it says when there is room again.
    """
    tried = CardTry()
    if kind is not MethodKind.CREDIT_CARD:
        yield tried
        return
    bounds: list[tuple[str, str, Sequence[Window]]] = []
    viewer = caller.viewer
    # Whoever signs up by a link may type anybody's address: nobody's own cards are to be kept out by that.
    is_stranger = viewer.has_link and viewer.customer_id is None
    if not caller.is_admin and not is_stranger:
        bounds.append(("customer", _customer_key(viewer.email), CUSTOMER_WINDOWS))
    if viewer.has_link and viewer.address:
        bounds.append(("address", _address_key(viewer.address), ADDRESS_WINDOWS))
    bounds += [("invoice", _invoice_key(invoice_id), INVOICE_WINDOWS) for invoice_id in invoice_ids]
    place = secrets.token_hex(8)
    taken = await _take_places(deps, place, bounds)
    await _note(deps, subscription_id, place, taken)
    try:
        yield tried
    except CardDeclined:
        raise
    except BaseException:
        await _free_places(deps, place, taken)
        raise
    if not tried.is_charged:
        await _free_places(deps, place, taken)


def charges_card(entry: AppliedEvent) -> bool:
    """Return whether a card is to be charged for what was asked for."""
    orders = [order.payload for order in entry.decision.follow_ups]
    return any(
        isinstance(one, ChargeRequested) and one.method.kind is MethodKind.CREDIT_CARD for one in orders
    )


async def forget_tries(deps: Deps, entries: Sequence[AppliedEvent]) -> None:
    """Give the places of cards back whose charges succeeded: of each subscription the latest try."""
    paid = {one.event.subscription_id for one in entries if isinstance(one.event.payload, PaymentSucceeded)}
    if not paid:
        return
    try:
        await free_places_of(deps.streams, sorted(paid))
    except StreamsUnavailable as error:
        _uncounted.count(error=str(error))


def keys_of(customer: Customer, invoice_ids: Iterable[InvoiceId]) -> list[str]:
    """Return under which keys a customer's tries are counted, and those to pay some invoices."""
    return [_customer_key(customer.email), *map(_invoice_key, invoice_ids)]


async def _take_places(
    deps: Deps, place: str, bounds: Sequence[tuple[str, str, Sequence[Window]]]
) -> list[str]:
    """Take a place under each of *bounds*, or under none; return the keys of those that were taken."""
    taken: list[str] = []
    now = await deps.clock.now()
    for bound, key, windows in bounds:
        try:
            retry_at = await take_place(deps.streams, key, place, windows, now=now)
        except StreamsUnavailable as error:
            _uncounted.count(error=str(error))
            continue
        if retry_at is not None:
            await _free_places(deps, place, taken)
            CARD_REFUSALS.labels(bound).inc()
            raise TooManyDeclines(retry_at)
        taken.append(key)
    if taken:
        _uncounted.end()
    return taken


async def _note(deps: Deps, subscription_id: SubscriptionId, place: str, keys: Sequence[str]) -> None:
    """Note whose try it is before it is made: what becomes of a charge may be heard at once."""
    if not keys:
        return
    lasts = CUSTOMER_WINDOWS[-1].lasts
    try:
        await note_places(deps.streams, subscription_id, place, keys, lasts=lasts)
    except StreamsUnavailable as error:
        _uncounted.count(error=str(error))


async def _free_places(deps: Deps, place: str, keys: Sequence[str]) -> None:
    for key in keys:
        try:
            await free_place(deps.streams, key, place)
        except StreamsUnavailable as error:
            _uncounted.count(error=str(error))


def _customer_key(email: str) -> str:
    """Return the key of a customer who may not be stored yet; an address is nobody's business in Redis."""
    return f"declines:customer:{sha256(email.encode()).hexdigest()[:32]}"


def _address_key(address: str) -> str:
    return f"declines:address:{sha256(address.encode()).hexdigest()[:32]}"


def _invoice_key(invoice_id: str) -> str:
    return f"declines:invoice:{invoice_id}"
