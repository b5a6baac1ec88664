"""Reading entitlements: what a customer may use."""

from typing import Annotated

import strawberry

from ciclo.actions.entitlements.decisions import name_entitled
from ciclo.actions.entitlements.reading import Check
from ciclo.domain.ids import CustomerId
from ciclo.store.entitlements.features import find_features
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.types.entitlements.entitlement import CustomerRef, Entitlement, EntitlementSet
from graphql_schema.types.entitlements.feature import Feature

CustomerArgument = Annotated[
    CustomerRef | None, strawberry.argument(description="By default, and for customers always, the viewer.")
]


async def customer_of(info: Info, customer: CustomerRef | None) -> CustomerId:
    """Return whom an argument names.

    Raises:
        CustomerNotFound: there is no such customer, or they are somebody else.
        MalformedId, InvalidValue: the argument is none; or an operator names nobody.
    """
    return await name_entitled(
        info.context.deps,
        customer_id=customer.id or None if customer else None,
        email=customer.email or None if customer else None,
        external_id=customer.external_id or None if customer else None,
        caller=await info.context.caller(),
    )


@strawberry.type
class EntitlementQueries:
    """Reading entitlements."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="All that a customer may use: of their plans' limits and features, and what is used.",
    )
    async def entitlements(self, info: Info, customer: CustomerArgument = None) -> EntitlementSet:
        """List a customer's entitlements."""
        customer_id = await customer_of(info, customer)
        entitlements, items = await info.context.meter.reader.all_of(customer_id)
        return EntitlementSet.of(entitlements, items, as_of=info.context.now)

    @strawberry.field(
        permission_classes=[SignedIn], description="Whether a customer may use so much more of a feature."
    )
    async def entitlement(
        self, info: Info, feature: str, quantity: int = 1, customer: CustomerArgument = None
    ) -> Entitlement:
        """Check one entitlement."""
        check = Check(customer_id=await customer_of(info, customer), feature=feature, quantity=quantity)
        return Entitlement.of(await info.context.meter.check(check), quantity=quantity)

    @strawberry.field(
        permission_classes=[Operator],
        description="The features that say how they are counted, by key.",
    )
    async def features(self, info: Info) -> list[Feature]:
        """List the features."""
        return [Feature.of(one) for one in (await find_features(info.context.deps.store)).values()]
