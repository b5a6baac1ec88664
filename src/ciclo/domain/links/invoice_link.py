"""Invoice links: an address by which one invoice is seen and paid without signing in.

Every invoice has one from the beginning, in its generation 0, of which nothing is stored. A generation opens
the invoice until it is revoked, expires, or another one takes its place.
"""

from dataclasses import dataclass
from datetime import datetime

from ciclo.copies import replace
from ciclo.domain.ids import InvoiceId


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLink:
    """The link of one invoice as it is now. Instants are by the wall clock."""

    id: InvoiceId
    generation: int = 0
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, generation: int, *, at: datetime) -> bool:
        """Return whether an address of *generation* opens the invoice at an instant."""
        return generation == self.generation and self.is_good(at=at)

    def is_good(self, *, at: datetime) -> bool:
        """Return whether there is an address that opens the invoice at an instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def renew_link(link: InvoiceLink, *, expires_at: datetime | None) -> InvoiceLink:
    """Return the next generation of *link*: no earlier address opens anything any more."""
    return InvoiceLink(id=link.id, generation=link.generation + 1, expires_at=expires_at)


def revoke_link(link: InvoiceLink, *, at: datetime) -> InvoiceLink:
    """Return *link* with no address that opens anything; one that is revoked stays so."""
    return link if link.revoked_at is not None else replace(link, revoked_at=at)
