"""Reading entitlements: what a customer may use, as of now, and what would allow what they may not."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.catalogue import Catalogue, provisions_of
from ciclo.domain.entitlements.provision import Provision, provision_of
from ciclo.domain.entitlements.upgrade import find_upgrades
from ciclo.domain.entitlements.usage import Entitlement, entitlement_of
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.ids import CustomerId
from ciclo.domain.period import local_date
from ciclo.domain.plan import Plan
from ciclo.store.entitlements.allowances import find_sets, read_set
from ciclo.store.entitlements.features import find_features
from ciclo.store.entitlements.sets import derive_set
from ciclo.store.entitlements.usage import UsageKey, entitlements_of, find_usage, key_of, read_usage
from ciclo.store.mongo.client import Document
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


class Reader:
    """Reads entitlements for one process; what hardly ever changes it keeps for CATALOGUE_S_MAX."""

    def __init__(self, deps: Deps) -> None:
        self._deps: Final = deps
        self._catalogue: Catalogue | None = None
        self._read_at_s = 0.0

    async def catalogue(self) -> Catalogue:
        """Return what is on offer, and how features are counted."""
        if self._catalogue is None or time.monotonic() - self._read_at_s > CATALOGUE_S_MAX:
            read_at_s = time.monotonic()
            self._catalogue = Catalogue(
                features=await find_features(self._deps.store), plans=await find_offers(self._deps.store)
            )
            self._read_at_s = read_at_s
        return self._catalogue

    async def today(self) -> date:
        """Return the seller's date by the billing clock."""
        return local_date(await self._deps.clock.now(), self._deps.policy.timezone)

    async def complete(self, customer_ids: Iterable[CustomerId]) -> dict[CustomerId, Document]:
        """Return the sets of customers, derived first where nobody has read them yet; strangers have none."""
        wanted = set(customer_ids)
        found = await find_sets(self._deps.store, wanted)
        if missing := wanted - found.keys():
            derived = {id_ for id_ in missing if await derive_set(self._deps.store, id_)}
            found |= await find_sets(self._deps.store, derived)
        return found

    async def entitlement_set(self, customer_id: CustomerId) -> EntitlementSet:
        """Return one customer's set.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        found = await self.complete([customer_id])
        if customer_id not in found:
            raise CustomerNotFound
        return read_set(found[customer_id])

    async def all_of(self, customer_id: CustomerId) -> tuple[EntitlementSet, list[Entitlement]]:
        """Return a customer's set and what it comes to for every feature that it says anything of.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        entitlements = await self.entitlement_set(customer_id)
        provisions = provisions_of(entitlements, await self.catalogue(), on=await self.today())
        used = await find_usage(self._deps.store, [key_of(customer_id, one) for one in provisions])
        return entitlements, entitlements_of(customer_id, provisions, used, now=self._deps.wall())

    async def check(self, checks: Sequence[Check]) -> Sequence[Checked | Exception]:
        """Return what each check comes to, or why it can't be answered: three commands at most for all."""
        catalogue = await self.catalogue()
        sets = await self.complete({one.customer_id for one in checks})
        today = await self.today()
        asked = [(one.customer_id, one.feature) for one in checks]
        answers = provide_each(asked, sets, catalogue=catalogue, on=today)
        provided = [answers[each] for each in asked]
        found = [one for one in answers.values() if not isinstance(one, Exception)]
        used = await find_usage(self._deps.store, {one.key for one in found})
        return [
            self._checked(check, provided, used) for check, provided in zip(checks, provided, strict=True)
        ]

    def _checked(
        self, check: Check, provided: "Provided | Exception", used: Mapping[str, Document]
    ) -> Checked | Exception:
        if isinstance(provided, Exception):
            return provided
        try:
            usage = read_usage(used.get(provided.key.id))
            entitlement = entitlement_of(
                provided.provision, usage, quantity=check.quantity, now=self._deps.wall()
            )
        except Exception as error:  # noqa: BLE001 - one customer's document, and nobody else's answer
            return error
        return Checked(entitlements=provided.entitlements, entitlement=entitlement)

    async def upgrades(self, entitlements: EntitlementSet, refused: Entitlement, quantity: int) -> list[Plan]:
        """Return the cheapest plans that would allow what was refused."""
        catalogue = await self.catalogue()
        return find_upgrades(entitlements, refused, catalogue.plans, quantity=quantity, on=await self.today())


@dataclass(frozen=True, slots=True)
class Provided:
    """What a customer's set comes to for a feature, and where its use is counted."""

    entitlements: EntitlementSet
    provision: Provision

    @property
    def key(self) -> UsageKey:
        """Return where use is counted."""
        return key_of(self.entitlements.customer_id, self.provision)


def provide_each(
    asked: Iterable[tuple[CustomerId, str]],
    sets: Mapping[CustomerId, Document],
    *,
    catalogue: Catalogue,
    on: date,
) -> "dict[tuple[CustomerId, str], Provided | Exception]":
    """Return what `provide` says of each customer and feature, worked out once for all who ask for it."""
    return {
        (customer_id, feature): provide(sets.get(customer_id), feature, catalogue=catalogue, on=on)
        for customer_id, feature in set(asked)
    }


def provide(
    document: Document | None, feature: str, *, catalogue: Catalogue, on: date
) -> Provided | Exception:
    """Return what a customer's set comes to for *feature* on a day, or why it can't be said."""
    if document is None:
        return CustomerNotFound()
    try:
        entitlements = read_set(document)
        known = catalogue.feature(feature, entitlements)
        return Provided(entitlements, provision_of(entitlements, known, on=on))
    except Exception as error:  # noqa: BLE001 - one customer's document or question, and nobody else's answer
        return error
