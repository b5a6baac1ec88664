"""Money in the API: decimal text in major units."""

from decimal import Decimal

import strawberry

from ciclo.domain.errors.general import BillingError
from ciclo.domain.money import Money as DomainMoney


@strawberry.type(description="An amount of money.")
class Money:
    """An amount in major units with the currency's own decimals."""

    amount: Decimal = strawberry.field(description='In major units, as text: "29.90".')
    currency: str = strawberry.field(description="ISO 4217, such as BRL.")


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount in major units."""

    amount: Decimal = strawberry.field(description='In major units: "29.90" or 29.90.')
    currency: str = strawberry.field(default="BRL", description="ISO 4217.")

    def to_domain(self, *path: str) -> DomainMoney:
        """Return the amount in minor units; *path* is the input's field that this is the value of.

        Raises:
            UnknownCurrency: the currency is no ISO 4217 code that Ciclo bills in.
            TooManyDecimals: the amount is finer than the currency's minor unit.
            AmountOutOfRange: it is too large, or not finite.
        """
        try:
            return DomainMoney.from_decimal(self.amount, self.currency)
        except BillingError as error:
            raise error.at(*path, *error.field) from None


def to_money(amount: int, currency: str) -> Money:
    """Return *amount* minor units as the API shows them."""
    return Money(amount=DomainMoney(amount, currency).to_decimal(), currency=currency)
