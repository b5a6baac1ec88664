"""Reading entitlements: what a customer may use, as of now, and what would allow what they may not."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ciclo.actions.customers.finding import find_kept
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.provided import Asked, Provided, Provider
from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.catalogue import Catalogue, provisions_of
from ciclo.domain.entitlements.upgrade import find_upgrades
from ciclo.domain.entitlements.usage import Entitlement, entitlement_of
from ciclo.domain.ids import CustomerId
from ciclo.domain.period import local_date
from ciclo.domain.plan import Plan
from ciclo.store.entitlements.allowances import SETS, complete_sets, find_sets, read_set
from ciclo.store.entitlements.features import find_features
from ciclo.store.entitlements.sets import derive_set
from ciclo.store.entitlements.usage import (
    USAGE,
    UsageKey,
    entitlements_of,
    find_usage,
    key_of,
    read_usage,
)
from ciclo.store.idempotency import ANSWERS
from ciclo.store.mongo.client import Document
from ciclo.store.mongo.union import find_by_ids
from ciclo.store.plans import find_offers

CATALOGUE_S_MAX: Final = 1.0
"""How old what is on offer, and how features are counted, may be: they change a few times a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Whether a customer may use so much more of a feature."""

    customer_id: CustomerId
    feature: str
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check came to, and the set that it was answered by."""

    entitlements: EntitlementSet
    entitlement: Entitlement


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: what each customer's set comes to for a feature, and documents by their ids."""

    provided: Mapping[Asked, Provided | Exception]
    used: Mapping[str, Document]
    answers: Mapping[str, Document]


class Reader:
    """Reads entitlements for one process; what hardly ever changes it keeps for CATALOGUE_S_MAX."""

    def __init__(self, deps: Deps) -> None:
        self._deps: Final = deps
        self._provider: Final = Provider()
        self._catalogue: Catalogue | None = None
        self._read_at_s = 0.0

    async def catalogue(self) -> Catalogue:
        """Return what is on offer, and how features are counted."""
        if self._catalogue is None or time.monotonic() - self._read_at_s > CATALOGUE_S_MAX:
            read_at_s = time.monotonic()
            read = Catalogue(
                features=await find_features(self._deps.store), plans=await find_offers(self._deps.store)
            )
            # An equal one is the same one: what was worked out by it is known on.
            self._catalogue = self._catalogue if read == self._catalogue else read
            self._read_at_s = read_at_s
        return self._catalogue

    async def today(self) -> date:
        """Return the seller's date by the billing clock."""
        return local_date(await self._deps.clock.now(), self._deps.policy.timezone)

    async def _derived(self, customer_ids: Collection[CustomerId]) -> dict[CustomerId, Document]:
        """Return the sets of customers that nobody has read yet, derived first; strangers have none."""
        derived = {id_ for id_ in customer_ids if await derive_set(self._deps.store, id_)}
        return await find_sets(self._deps.store, derived)

    async def entitlement_set(self, customer_id: CustomerId) -> EntitlementSet:
        """Return the set of a customer, or of whom they were merged into.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        found = await find_sets(self._deps.store, [customer_id]) or await self._derived([customer_id])
        if customer_id in found:
            return read_set(found[customer_id])
        return await self.entitlement_set(await find_kept(self._deps, customer_id))

    async def all_of(self, customer_id: CustomerId) -> tuple[EntitlementSet, list[Entitlement]]:
        """Return a customer's set and what it comes to for every feature that it says anything of.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        entitlements = await self.entitlement_set(customer_id)
        provisions = provisions_of(entitlements, await self.catalogue(), on=await self.today())
        kept = entitlements.customer_id
        used = await find_usage(self._deps.store, [key_of(kept, one) for one in provisions])
        return entitlements, entitlements_of(kept, provisions, used, now=self._deps.wall())

    async def look(
        self, asked: Collection[Asked], *, also: Iterable[UsageKey] = (), answers: Iterable[str] = ()
    ) -> Seen:
        """Read all that is asked for by one command, or two where use is counted elsewhere than it was.

        Args:
            asked: Customers and features.
            also: Where use is to be read besides.
            answers: Ids of answers to requests under keys.
        """
        catalogue, today = await self.catalogue(), await self.today()
        likely = {key.id for one in asked if (key := self._provider.likely_key(one))}
        likely |= {key.id for key in also}
        customer_ids = {customer_id for customer_id, _ in asked}
        found = await find_by_ids(
            self._deps.store, {SETS: customer_ids, USAGE: likely, ANSWERS: set(answers)}
        )
        sets = complete_sets(found[SETS])
        if missing := customer_ids - sets.keys():
            sets |= await self._derived(missing)
        provided = {
            one: self._provider.provide(one, sets.get(one[0]), catalogue=catalogue, on=today) for one in asked
        }
        used = found[USAGE]
        keys = {
            one.key for one in provided.values() if isinstance(one, Provided) and one.key.id not in likely
        }
        if keys:
            used |= await find_usage(self._deps.store, keys)
        return Seen(provided, used, found[ANSWERS])

    async def check(self, checks: Sequence[Check]) -> Sequence[Checked | Exception]:
        """Return what each check comes to, or why it can't be answered."""
        seen = await self.look({(one.customer_id, one.feature) for one in checks})
        now = self._deps.wall()
        return [_checked(check, seen, now=now) for check in checks]

    async def upgrades(self, entitlements: EntitlementSet, refused: Entitlement, quantity: int) -> list[Plan]:
        """Return the cheapest plans that would allow what was refused."""
        catalogue = await self.catalogue()
        return find_upgrades(entitlements, refused, catalogue.plans, quantity=quantity, on=await self.today())


def _checked(check: Check, seen: Seen, *, now: datetime) -> Checked | Exception:
    provided = seen.provided[check.customer_id, check.feature]
    if isinstance(provided, Exception):
        return provided
    try:
        usage = read_usage(seen.used.get(provided.key.id))
        entitlement = entitlement_of(provided.provision, usage, quantity=check.quantity, now=now)
    except Exception as error:  # noqa: BLE001 - one customer's document, and nobody else's answer
        return error
    return Checked(entitlements=provided.entitlements, entitlement=entitlement)
