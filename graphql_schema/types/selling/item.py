"""Items: what is billed beside the plan, with the next invoice of a period or on one of its own."""

from typing import Final, Self

import strawberry

from ciclo.actions.selling.items import ItemDraft
from ciclo.actions.selling.one_off import InvoiceDraft
from ciclo.domain.lines.item import InvoiceItem as DomainItem
from graphql_schema.types.money import Money, MoneyInput, to_money

PENALTY: Final = "A fee for what the customer did: its line is a PENALTY."


@strawberry.type(description="Something that waits to be billed beside the plan.")
class InvoiceItem:
    """An item."""

    id: strawberry.ID
    description: str
    quantity: int
    unit_price: Money
    discountable: bool
    tax_category: str | None
    penalty: bool = strawberry.field(description=PENALTY)

    @classmethod
    def of(cls, item: DomainItem, currency: str) -> Self:
        """Return *item* as the API shows it."""
        return cls(
            id=strawberry.ID(item.id),
            description=item.description,
            quantity=item.quantity,
            unit_price=to_money(item.unit_price, currency),
            discountable=item.discountable,
            tax_category=item.tax_category,
            penalty=item.is_penalty,
        )


@strawberry.input(description="Something that an invoice bills, so many of it at a price each.")
class InvoiceItemInput:
    """An item of an invoice."""

    description: str
    unit_price: MoneyInput
    quantity: int = 1
    tax_category: str | None = None
    penalty: bool = strawberry.field(default=False, description=PENALTY)

    def to_draft(self, *path: str) -> ItemDraft:
        """Return what is to be billed; *path* is where it stands in the input."""
        return ItemDraft(
            description=self.description,
            unit_price=self.unit_price.to_domain(*path, "unit_price"),
            quantity=self.quantity,
            discountable=False,
            tax_category=self.tax_category,
            is_penalty=self.penalty,
        )


@strawberry.input(description="What is billed for a cancellation, once the subscription has ended.")
class CancellationPenaltyInput:
    """A fee for an end."""

    description: str
    amount: MoneyInput
    tax_category: str | None = None

    def to_draft(self) -> ItemDraft:
        """Return what is to be billed."""
        return ItemDraft(
            description=self.description,
            unit_price=self.amount.to_domain("penalty", "amount"),
            quantity=1,
            discountable=False,
            tax_category=self.tax_category,
            is_penalty=True,
        )


@strawberry.input(description="Items to bill a subscription's customer at once, on an invoice of their own.")
class InvoiceDraftInput:
    """An invoice to look at."""

    subscription_id: strawberry.ID
    items: list[InvoiceItemInput]
    days_to_pay: int | None = strawberry.field(
        default=None, description="0 to 365; those of the subscription's calendar by default."
    )

    def to_draft(self) -> InvoiceDraft:
        """Return what is to be billed."""
        return InvoiceDraft(
            subscription_id=self.subscription_id,
            items=tuple(item.to_draft("items", str(place)) for place, item in enumerate(self.items)),
            due_days=self.days_to_pay,
        )
