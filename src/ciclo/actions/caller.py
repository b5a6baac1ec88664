"""Who asks for an action: an operator, or a customer with what is theirs."""

from dataclasses import dataclass
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.ids import CustomerId
from ciclo.store.customers import find_customer_by_email
from ciclo.viewer import Viewer

NOBODY: Final = CustomerId("nobody")
"""Owns nothing: what a customer sees before the first subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A known viewer and, for a customer who has subscribed before, their record's id."""

    viewer: Viewer
    customer_id: CustomerId | None = None

    @property
    def is_admin(self) -> bool:
        """Return whether the caller is an operator."""
        return self.viewer.is_admin

    @property
    def subject(self) -> str:
        """Return the name that records of the caller's doings bear."""
        return self.viewer.subject

    @property
    def owner(self) -> CustomerId | None:
        """Return whose things a query is bounded to; None for an operator, who sees all."""
        return None if self.is_admin else self.customer_id or NOBODY


async def caller_of(deps: Deps, viewer: Viewer) -> Caller:
    """Return *viewer* as a caller: a customer is the one of their session, or with the token's address."""
    if viewer.customer_id is not None:
        return Caller(viewer=viewer, customer_id=CustomerId(viewer.customer_id))
    customer = await find_customer_by_email(deps.store, viewer.email) if viewer.email else None
    return Caller(viewer=viewer, customer_id=customer.id if customer else None)
