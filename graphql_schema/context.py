"""What every resolver may use: the caller, the connections, and this request's loaders."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from graphql import GraphQLError
from strawberry.permission import BasePermission
from strawberry.types import Info as StrawberryInfo

from ciclo.actions.caller import NOBODY, Caller, caller_of
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.metering import Meter
from ciclo.actions.live_updates import Hub
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.domain.period import local_date
from ciclo.permissions import permission_for
from ciclo.store.customers import find_merged_customer
from ciclo.viewer import Actor, Viewer
from graphql_schema.loaders import Loaders


@dataclass(slots=True, kw_only=True)
class Context:
    """One request's context: `viewer` as its token says, `now` by the billing clock for all of it."""

    deps: Deps
    hub: Hub
    meter: Meter
    viewer: Viewer
    request_id: str
    loaders: Loaders
    now: datetime
    has_changed: bool = False
    """Whether a mutation of this request has come to its end."""
    _caller: Caller | None = field(default=None, init=False)

    async def caller(self) -> Caller:
        """Return the viewer with their customer, looked up once."""
        if self._caller is None:
            self._caller = await caller_of(self.deps, self.viewer)
        return self._caller

    @property
    def actor(self) -> Actor:
        """Return the viewer as the operations log names them."""
        viewer = self.viewer
        return Actor(name=viewer.subject, address=viewer.address, request_id=self.request_id)

    async def owner(self) -> CustomerId | None:
        """Return whose things may be read: None for an operator, who reads all."""
        return (await self.caller()).owner

    async def owner_named(self, customer_id: str | None) -> CustomerId | None:
        """Return whose things of one customer, or of whom they were merged into, may be read.

        With None, as `owner` says.

        Raises:
            MalformedId: it is no id of a customer.
        """
        own = await self.owner()
        if customer_id is None:
            return own
        named = CustomerId(parse_id("cus", customer_id))
        if own is not None:
            return named if own == named else NOBODY
        customer = await find_merged_customer(self.deps.store, named)
        return customer.id if customer else NOBODY

    async def renew(self) -> None:
        """Read everything anew from here on: a live update outlives many states."""
        self.loaders = Loaders(self.deps.store)
        if self._caller is not None and self._caller.owner == NOBODY:
            self._caller = None
        self.now = await self.deps.clock.now()

    @property
    def today(self) -> date:
        """Return the seller's date."""
        return local_date(self.now, self.deps.policy.timezone)


Info = StrawberryInfo[Context, None]


class SignedIn(BasePermission):
    """Lets customers in, and operators who have the field's permission."""

    def has_permission(self, source: Any, info: Info, **_: Any) -> bool:  # noqa: ARG002, ANN401 - its shape
        """Return whether the viewer may ask for this.

        Raises:
            GraphQLError: there is none, or they may not.
        """
        _require_permission(info, customers=True)
        return True


class Operator(BasePermission):
    """Lets operators in who have the field's permission."""

    def has_permission(self, source: Any, info: Info, **_: Any) -> bool:  # noqa: ARG002, ANN401 - its shape
        """Return whether the viewer may ask for this.

        Raises:
            GraphQLError: they may not.
        """
        _require_permission(info, customers=False)
        return True


def _require_permission(info: Info, *, customers: bool) -> None:
    viewer = info.context.viewer
    if not viewer.is_known:
        raise GraphQLError("sign in to do this", extensions={"code": "UNAUTHENTICATED"})
    if not viewer.is_admin and not customers:
        raise GraphQLError("operators only", extensions={"code": "FORBIDDEN"})
    if viewer.is_admin and not viewer.may_open(info.field_name):
        needed = permission_for(info.field_name) or "the role OWNER"
        raise GraphQLError(f"this needs {needed}", extensions={"code": "FORBIDDEN"})
