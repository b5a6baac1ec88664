"""Where people live, and whom an invoice names."""

from typing import Self

import strawberry

from ciclo.domain import customer as domain


@strawberry.type(description="A postal address.")
class PostalAddress:
    """An address."""

    line1: str
    line2: str | None
    city: str
    state: str
    postal_code: str
    country: str = strawberry.field(description="Two letters, ISO 3166-1.")

    @classmethod
    def of(cls, address: domain.Address | None) -> Self | None:
        """Return *address* as the API shows it."""
        if address is None:
            return None
        return cls(
            line1=address.line1,
            line2=address.line2,
            city=address.city,
            state=address.state,
            postal_code=address.postal_code,
            country=address.country,
        )


@strawberry.type(description="Whom an invoice names: its customer as they were known when it was issued.")
class Addressee:
    """An addressee."""

    email: str
    name: str | None
    tax_id: str | None = strawberry.field(description="CPF or CNPJ.")
    address: PostalAddress | None

    @classmethod
    def of(cls, addressee: domain.Addressee | None) -> Self | None:
        """Return *addressee* as the API shows it."""
        if addressee is None:
            return None
        return cls(
            email=addressee.email,
            name=addressee.name,
            tax_id=addressee.tax_id,
            address=PostalAddress.of(addressee.address),
        )
