"""Commands about what is sold beside a plan's price: the discounts on it.

They are a part of what `commands` lists.
"""

from dataclasses import dataclass
from typing import ClassVar

from ciclo.domain.coupons.discount import Discount
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import DiscountId


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountApplied:
    """A coupon was redeemed for a running subscription: what it gives, by value (rule 34)."""

    type: ClassVar = EventType.DISCOUNT_APPLIED
    discount: Discount


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRemoved:
    """An operator takes a discount away."""

    type: ClassVar = EventType.DISCOUNT_REMOVED
    discount_id: DiscountId
