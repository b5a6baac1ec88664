"""Merging: two customers turn out to be one person, and one of the two records is kept.

Source: billing rule 45.
"""

from dataclasses import dataclass
from typing import Final

from ciclo.copies import replace
from ciclo.domain.customer import Customer
from ciclo.domain.customers.profile import METADATA_ENTRIES_MAX, require_present
from ciclo.domain.errors.general import InvalidValue

_ADDED: Final = ("name", "phone", "tax_id", "address", "locale", "external_id")
"""What the kept customer takes over of the dropped one, where they have nothing of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The customer who is kept, and the one who is dropped, as a merge leaves them."""

    kept: Customer
    dropped: Customer


def merge_customers(kept: Customer, dropped: Customer) -> Merged:
    """Return both as they are once *dropped* is a part of *kept*; balances are moved by events.

    The dropped one keeps their address and external id, which lead to the kept one from now on, and what
    providers know them by: charges that were asked for before are still theirs.

    Raises:
        InvalidValue: they are the same one.
        CustomerAnonymized, CustomerMerged: one of them is nobody any more.
    """
    if kept.id == dropped.id:
        raise InvalidValue("name two different customers", field=("dropped_id",))
    require_present(kept)
    require_present(dropped)
    taken = {name: getattr(dropped, name) for name in _ADDED if getattr(kept, name) is None}
    spare = METADATA_ENTRIES_MAX - len(kept.metadata)
    more = [entry for entry in dropped.metadata.items() if entry[0] not in kept.metadata][:spare]
    used = [at for at in (kept.trial_used_at, dropped.trial_used_at) if at is not None]
    return Merged(
        kept=replace(
            kept,
            **taken,
            metadata={**kept.metadata, **dict(more)},
            trial_used_at=min(used, default=None),
            provider_references={**dropped.provider_references, **kept.provider_references},
            version=kept.version + 1,
        ),
        dropped=replace(
            dropped,
            merged_into=kept.id,
            # It is unique, and the kept one has it now.
            external_id=None if taken.get("external_id") else dropped.external_id,
            version=dropped.version + 1,
        ),
    )
