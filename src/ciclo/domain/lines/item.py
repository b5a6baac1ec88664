"""Items beside the plan: what a seller adds to an invoice, with no days and never prorated.

Source: billing rule 37.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from ciclo.domain.errors.general import AmountOutOfRange, InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import ItemId, PlanId
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lines.tax_rate import LineTax, TaxProfile, rates_for
from ciclo.domain.period import Period
from ciclo.domain.plan import NAME_CHARS_MAX, PRICE_MAX, QUANTITY_MAX, USER_TYPE_CHARS_MAX
from ciclo.domain.policy import Policy
from ciclo.domain.proration import price_line

ITEMS_MAX: Final = 50
"""Items that wait for one invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItem:
    """So many of something at a price each, in minor units of the subscription's currency."""

    id: ItemId
    description: str
    quantity: int = 1
    unit_price: int
    discountable: bool = True
    """Whether the subscription's discounts are on it, too."""
    tax_category: str | None = None
    is_penalty: bool = False
    """A fee for what the customer did: it is called so."""


def validate_items(items: tuple[InvoiceItem, ...]) -> tuple[InvoiceItem, ...]:
    """Return the *items* of an invoice of their own if each is one, and all of them can be paid.

    Raises:
        InvalidValue, AmountOutOfRange: there are none or too many, one is not, or the sum is too large.
    """
    if not 1 <= len(items) <= ITEMS_MAX:
        raise InvalidValue(f"1 to {ITEMS_MAX} items", field=("items",))
    for item in items:
        validate_item(item)
    if sum(item.unit_price * item.quantity for item in items) > PRICE_MAX:
        raise AmountOutOfRange().at("items")
    return items


def validate_item(item: InvoiceItem) -> InvoiceItem:
    """Return *item* if every field is within its bounds.

    Raises:
        InvalidValue, AmountOutOfRange: one is not; the error names the field.
    """
    validate_text(item.description, field="description", chars_min=1, chars_max=NAME_CHARS_MAX)
    if not 1 <= item.quantity <= QUANTITY_MAX:
        raise InvalidValue(f"quantity must be between 1 and {QUANTITY_MAX}", field=("quantity",))
    if not 1 <= item.unit_price * item.quantity <= PRICE_MAX:
        raise AmountOutOfRange().at("unit_price")
    if item.tax_category is not None:
        validate_text(item.tax_category, field="tax_category", chars_min=1, chars_max=USER_TYPE_CHARS_MAX)
    return item


def item_lines(
    items: Iterable[InvoiceItem], *, plan_id: PlanId, on: date, profile: TaxProfile, policy: Policy
) -> tuple[Line, ...]:
    """Return the charges for *items*, which are billed on a day to a customer of *profile*."""
    return tuple(_line(item, plan_id=plan_id, on=on, profile=profile, policy=policy) for item in items)


def _line(item: InvoiceItem, *, plan_id: PlanId, on: date, profile: TaxProfile, policy: Policy) -> Line:
    rates = rates_for(policy.tax_rules, category=item.tax_category, profile=profile)
    unnamed = 0 if rates or profile.exempt else policy.tax_basis_points
    line = Line(
        kind=LineKind.PENALTY if item.is_penalty else LineKind.ONE_OFF,
        plan_id=plan_id,
        plan_name=item.description,
        quantity=item.quantity,
        unit_price=item.unit_price,
        service=Period(on, on),
        total_days=0,
        amount=0,
        tax_basis_points=unnamed,
        taxes=tuple(LineTax(rate=rate, amount=0) for rate in rates),
        item_id=item.id,
    )
    return price_line(line, item.unit_price * item.quantity)
