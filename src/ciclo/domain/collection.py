"""The calendar of collection: who collects, how long before a boundary, and when it has to be paid.

Source: billing rules 28 to 31.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from ciclo.domain.payment import MethodKind


class CollectionMode(StrEnum):
    """Who collects. EXTERNAL: somebody else does, and their notices tell."""

    AUTOMATIC = "AUTOMATIC"
    INVOICE = "INVOICE"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What was chosen for one subscription; None is what its method and the policy say."""

    mode: CollectionMode | None = None
    lead_days: int | None = None
    due_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTerms:
    """Days: of issue before the boundary, to pay after it, and to pay a first invoice or that of a change."""

    lead_days: int = 0
    due_days: int = 0
    first_due_days: int = 0
    settlement_days: int = 0
    """Banking days in which a payment that was made in time is still heard of."""


def terms_of_days(days: tuple[int, ...], *, settlement_days: int = 0) -> CollectionTerms:
    """Return terms of three numbers of days: of lead, to pay, and to pay a first invoice."""
    lead, due, first_due = days
    return CollectionTerms(
        lead_days=lead, due_days=due, first_due_days=first_due, settlement_days=settlement_days
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The terms of each method and mode, as rule 28 has them."""

    credit_card: CollectionTerms = field(default_factory=CollectionTerms)
    pix: CollectionTerms = field(default_factory=lambda: CollectionTerms(lead_days=5, first_due_days=1))
    boleto: CollectionTerms = field(
        default_factory=lambda: CollectionTerms(lead_days=7, first_due_days=3, settlement_days=3)
    )
    invoice: CollectionTerms = field(default_factory=lambda: CollectionTerms(due_days=15, first_due_days=15))
    external: CollectionTerms = field(default_factory=lambda: CollectionTerms(due_days=3, first_due_days=3))

    def of_method(self, kind: MethodKind) -> CollectionTerms:
        """Return the terms of what is collected by *kind*."""
        terms = {
            MethodKind.CREDIT_CARD: self.credit_card,
            MethodKind.PIX: self.pix,
            MethodKind.BOLETO: self.boleto,
        }
        return terms[kind]

    def of_mode(self, mode: CollectionMode, kind: MethodKind | None) -> CollectionTerms:
        """Return the terms of *mode*; AUTOMATIC has those of the method."""
        if mode is CollectionMode.AUTOMATIC and kind is not None:
            return self.of_method(kind)
        return self.invoice if mode is CollectionMode.INVOICE else self.external
