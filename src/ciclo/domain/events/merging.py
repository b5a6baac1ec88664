"""Commands about customers who turn out to be one: what becomes of a subscription, and of a balance.

They are a part of what `commands` lists.
"""

from dataclasses import dataclass
from typing import ClassVar

from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import CustomerId
from ciclo.domain.payments.grant import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerReassigned:
    """A subscription is another customer's from now on; the balance in its currency leaves the one it had.

    `payer_reference` is by what the provider of its card knows the customer whom it was given by.
    """

    type: ClassVar = EventType.CUSTOMER_REASSIGNED
    to: CustomerId
    payer_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReceived:
    """Another customer's balance, minor units, comes onto this one's; the grants are a part of it."""

    type: ClassVar = EventType.BALANCE_RECEIVED
    amount: int
    grants: tuple[Grant, ...] = ()


MergingCommand = CustomerReassigned | BalanceReceived
"""What is asked for where two customers are one."""
