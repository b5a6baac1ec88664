"""What receivers see of a customer as an object of its own: never the tax id."""

from ciclo.domain.customer import Address, Customer
from ciclo.domain.webhooks.snapshot import Snapshot, iso_instant


def customer_object(customer: Customer) -> Snapshot:
    """Return what messages tell of *customer*, under the names of the API."""
    return {
        "id": customer.id,
        "externalId": customer.external_id,
        "email": customer.email,
        "name": customer.name,
        "phone": customer.phone,
        "address": _address(customer.address) if customer.address else None,
        "locale": customer.locale,
        "metadata": dict(customer.metadata),
        "mergedInto": customer.merged_into,
        "anonymizedAt": iso_instant(customer.anonymized_at) if customer.anonymized_at else None,
        "createdAt": iso_instant(customer.created_at),
    }


def _address(address: Address) -> Snapshot:
    return {
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "state": address.state,
        "postalCode": address.postal_code,
        "country": address.country,
    }
