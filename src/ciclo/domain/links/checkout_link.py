"""Checkout links: an address by which whoever has it takes a plan, without signing in.

Unlike an invoice's link it is a thing of its own, that is made, counted and revoked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.links import LinkExpired, LinkRevoked, LinkUsedUp
from ciclo.domain.ids import CheckoutLinkId, CustomerId, PlanId
from ciclo.domain.payment import MethodKind
from ciclo.domain.plan import QUANTITY_MAX, TRIAL_DAYS_MAX

USES_MAX: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLink:
    """What a link sells, to whom, and how often; None is no limit. Instants are by the wall clock.

    `trial_days` of None are the plan's own; no `methods` are all that there are. With a `customer_id` the
    seller has said who takes the plan by it. `success_url` is where people are led once they have taken it.
    """

    id: CheckoutLinkId
    plan_id: PlanId
    coupon_code: str | None = None
    quantity_min: int = 1
    quantity_max: int = 1
    trial_days: int | None = None
    methods: tuple[MethodKind, ...] = ()
    customer_id: CustomerId | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Written of each customer that is made by it."""
    uses_max: int | None = None
    uses: int = 0
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoke_reason: str | None = None
    created_at: datetime


def validate_checkout_link(link: CheckoutLink, *, at: datetime) -> CheckoutLink:
    """Return *link* if it makes sense; its plan, coupon and addresses are others' to check.

    Raises:
        InvalidValue: a field is outside its bounds; the error names it.
    """
    low, high = link.quantity_min, link.quantity_max
    _require("quantity", holds=1 <= low <= high <= QUANTITY_MAX, allowed=f"1 to {QUANTITY_MAX}, min first")
    days = link.trial_days
    _require(
        "trial_days", holds=days is None or 0 <= days <= TRIAL_DAYS_MAX, allowed=f"0 to {TRIAL_DAYS_MAX}"
    )
    uses = link.uses_max
    _require("max_uses", holds=uses is None or 1 <= uses <= USES_MAX, allowed="numbers from 1 on")
    ends = link.expires_at
    _require("expires_at", holds=ends is None or ends > at, allowed="an instant to come")
    _require("methods", holds=len(set(link.methods)) == len(link.methods), allowed="each method once")
    return link


def require_open(link: CheckoutLink, *, at: datetime) -> None:
    """Check that a link still opens a checkout; the last use is reserved when somebody signs up.

    Raises:
        LinkRevoked, LinkExpired, LinkUsedUp: it does not.
    """
    if link.revoked_at is not None:
        raise LinkRevoked
    if link.expires_at is not None and at >= link.expires_at:
        raise LinkExpired
    if link.uses_max is not None and link.uses >= link.uses_max:
        raise LinkUsedUp


def require_offered(link: CheckoutLink, *, quantity: int, method: MethodKind | None) -> None:
    """Check that what somebody wants is what the link sells.

    Raises:
        InvalidValue: it is another quantity, or another way to pay.
    """
    low, high = link.quantity_min, link.quantity_max
    _require("quantity", holds=low <= quantity <= high, allowed=f"{low} to {high}")
    names = ", ".join(link.methods)
    _require("payment_method", holds=not link.methods or method in {None, *link.methods}, allowed=names)


def revoke_checkout_link(link: CheckoutLink, *, reason: str | None, at: datetime) -> CheckoutLink:
    """Return *link* closed to everybody; one that is revoked stays so."""
    if link.revoked_at is not None:
        return link
    return replace(link, revoked_at=at, revoke_reason=reason)


def _require(field: str, *, holds: bool, allowed: str) -> None:
    if not holds:
        raise InvalidValue(f"{field} allows {allowed}", field=(field,))
