"""Commands about what is sold beside a plan's price: discounts, items, and how it is taxed.

They are a part of what `commands` lists.
"""

from dataclasses import dataclass
from typing import ClassVar

from ciclo.domain.coupons.discount import Discount
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import DiscountId, InvoiceId, ItemId
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.lines.tax_rate import TaxProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountApplied:
    """A coupon was redeemed for a running subscription: what it gives, by value (rule 34)."""

    type: ClassVar = EventType.DISCOUNT_APPLIED
    discount: Discount
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRemoved:
    """An operator takes a discount away."""

    type: ClassVar = EventType.DISCOUNT_REMOVED
    discount_id: DiscountId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItemAdded:
    """An operator adds an item to the next invoice (rule 37)."""

    type: ClassVar = EventType.INVOICE_ITEM_ADDED
    item: InvoiceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItemRemoved:
    """An operator takes an item away that is on no invoice yet."""

    type: ClassVar = EventType.INVOICE_ITEM_REMOVED
    item_id: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCreated:
    """An operator bills items at once, on an invoice of their own (rule 37)."""

    type: ClassVar = EventType.INVOICE_CREATED
    invoice_id: InvoiceId
    items: tuple[InvoiceItem, ...]
    due_days: int | None = None
    """Days to pay; None: those of the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfileChanged:
    """The customer is taxed otherwise from the next line on (rule 38)."""

    type: ClassVar = EventType.TAX_PROFILE_CHANGED
    profile: TaxProfile


SellingCommand = (
    DiscountApplied
    | DiscountRemoved
    | InvoiceItemAdded
    | InvoiceItemRemoved
    | InvoiceCreated
    | TaxProfileChanged
)
"""What is asked for about what is sold beside a plan's price."""
