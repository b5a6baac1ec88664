"""What a customer's set comes to for a feature, and where its use is counted.

Working that out costs more than reading the set. So what came of a document is known for as long as the
document reads the same: each answer is still of the document that the store holds now.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Final

from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.catalogue import Catalogue
from ciclo.domain.entitlements.provision import Provision, provision_of
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.ids import CustomerId
from ciclo.store.entitlements.allowances import read_set
from ciclo.store.entitlements.usage import UsageKey, key_of
from ciclo.store.mongo.client import Document

KNOWN_MAX: Final = 4_000
"""Customers' features that one process knows: some 4 kB each."""

Asked = tuple[CustomerId, str]
"""A customer, and a feature."""


@dataclass(frozen=True, slots=True)
class Provided:
    """What a customer's set comes to for a feature, and where its use is counted."""

    entitlements: EntitlementSet
    provision: Provision
    key: UsageKey


@dataclass(frozen=True, slots=True)
class _Known:
    """What was worked out, and all that it was worked out of."""

    document: Document
    catalogue: Catalogue
    on: date
    provided: Provided


class Provider:
    """Works out what sets come to, each once for as long as its document is the same."""

    def __init__(self, known_max: int = KNOWN_MAX) -> None:
        self._known_max: Final = known_max
        self._known: Final[OrderedDict[Asked, _Known]] = OrderedDict()

    def likely_key(self, asked: Asked) -> UsageKey | None:
        """Return where use was counted last, so that it can be read with the set; None: nobody asked yet."""
        known = self._known.get(asked)
        return known.provided.key if known else None

    def provide(
        self, asked: Asked, document: Document | None, *, catalogue: Catalogue, on: date
    ) -> Provided | Exception:
        """Return what the set in *document* comes to on a day, or why it can't be said."""
        if document is None:
            return CustomerNotFound()
        known = self._known.get(asked)
        # The same catalogue, not an equal one: it is the reader's, who keeps it while nothing changes.
        if (
            known is not None
            and known.catalogue is catalogue
            and known.on == on
            and known.document == document
        ):
            self._known.move_to_end(asked)
            return known.provided
        try:
            provided = _work_out(document, asked[1], catalogue=catalogue, on=on)
        except Exception as error:  # noqa: BLE001 - one customer's document or question, and nobody else's answer
            return error
        self._remember(asked, _Known(document, catalogue, on, provided))
        return provided

    def _remember(self, asked: Asked, known: _Known) -> None:
        self._known[asked] = known
        self._known.move_to_end(asked)
        while len(self._known) > self._known_max:
            self._known.popitem(last=False)


def _work_out(document: Document, feature: str, *, catalogue: Catalogue, on: date) -> Provided:
    entitlements = read_set(document)
    provision = provision_of(entitlements, catalogue.feature(feature, entitlements), on=on)
    return Provided(entitlements, provision, key_of(entitlements.customer_id, provision))
