"""Customers as rows: who they are, where, and what is on their balances. A tax id is masked, as in lists."""

from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.tax_id import mask_tax_id
from ciclo.exports.cells import decimal
from ciclo.exports.formats import Row

COLUMNS: Final = (
    "customer_id",
    "created_at",
    "email",
    "name",
    "phone",
    "tax_id_masked",
    "external_id",
    "locale",
    "address_line1",
    "address_line2",
    "city",
    "state",
    "postal_code",
    "country",
    "balances",
    "metadata",
    "trial_used_at",
    "merged_into",
    "anonymized_at",
)


def customer_row(customer: Customer) -> Row:
    """Return *customer* as the cells of COLUMNS; `balances` has an amount by currency."""
    address = customer.address
    return (
        customer.id,
        customer.created_at,
        customer.email,
        customer.name,
        customer.phone,
        mask_tax_id(customer.tax_id) if customer.tax_id else None,
        customer.external_id,
        customer.locale,
        address.line1 if address else None,
        address.line2 if address else None,
        address.city if address else None,
        address.state if address else None,
        address.postal_code if address else None,
        address.country if address else None,
        {currency: str(decimal(amount, currency)) for currency, amount in customer.credit.items()},
        dict(customer.metadata),
        customer.trial_used_at,
        customer.merged_into,
        customer.anonymized_at,
    )
