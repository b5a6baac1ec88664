"""Reading checkout links, and what whoever has one is offered."""

import strawberry

from ciclo.actions.links.checkout_links import link_of_viewer
from ciclo.actions.links.offers import OfferChoice, preview_offer
from ciclo.actions.links.return_addresses import may_return_to
from ciclo.actions.links.sign_ups import find_progress
from ciclo.store.links.checkout_links import NEWEST_FIRST, list_checkout_links
from ciclo.store.mongo.client import Document
from ciclo.store.mongo.paging import count_documents
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.types.enums import PaymentMethodKind
from graphql_schema.types.links.checkout_link import CheckoutLink, CheckoutOffer, SignUpProgress
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.input(description="Which links to list; what is left out does not matter.")
class CheckoutLinkFilter:
    """Conditions on checkout links."""

    revoked: bool | None = None


@strawberry.type
class CheckoutLinkQueries:
    """Reading checkout links."""

    @strawberry.field(permission_classes=[Operator], description="Checkout links, the newest first.")
    async def checkout_links(
        self,
        info: Info,
        filter: CheckoutLinkFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[CheckoutLink]:
        """List checkout links."""
        deps = info.context.deps
        revoked = filter.revoked if filter else None
        query: Document = {} if revoked is None else {"revoked_at": {"$ne" if revoked else "$eq": None}}
        listing = Listing(
            name="checkout_links",
            order=NEWEST_FIRST,
            read=lambda key, size: list_checkout_links(deps.store, query, after=key, size=size),
            count=lambda: count_documents(deps.store, "checkout_links", query),
        )
        return await connect(
            info,
            listing,
            first=first,
            after=after,
            to_node=lambda link: CheckoutLink.of(link, settings=deps.settings),
        )

    @strawberry.field(
        permission_classes=[SignedIn],
        description="For the page of a checkout link alone: what its link offers.",
    )
    async def checkout_offer(
        self,
        info: Info,
        quantity: int | None = None,
        method: PaymentMethodKind | None = None,
        skip_trial: bool = False,  # noqa: FBT001, FBT002 - an argument of the API, given by its name
    ) -> CheckoutOffer:
        """Show what a link offers."""
        deps, caller = info.context.deps, await info.context.caller()
        link = await link_of_viewer(deps, caller.viewer)
        choice = OfferChoice(quantity=quantity or link.quantity_min, method=method, skip_trial=skip_trial)
        offer = await preview_offer(deps, link, choice, caller=caller)
        leads_back = link.cancel_url is not None and may_return_to(deps.settings, link.cancel_url)
        cancel_url = link.cancel_url if leads_back else None
        return CheckoutOffer.of(offer, timezone=deps.policy.timezone, cancel_url=cancel_url)

    @strawberry.field(
        permission_classes=[SignedIn],
        description="For the page of a checkout link alone: what became of a sign-up by it.",
    )
    async def sign_up_progress(self, info: Info, token: str) -> SignUpProgress:
        """Show what became of a sign-up."""
        deps = info.context.deps
        link = await link_of_viewer(deps, info.context.viewer)
        return SignUpProgress.of(await find_progress(deps, link, token))
