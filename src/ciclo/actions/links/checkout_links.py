"""Checkout links: making one, taking it back, and opening it by its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import require_customer
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.links.addresses import checkout_url
from ciclo.actions.links.return_addresses import require_return_address
from ciclo.actions.links.tokens import LinkKind, read_token
from ciclo.actions.plans import get_plan
from ciclo.domain.coupons.code import normalize_code
from ciclo.domain.customers.profile import validate_metadata
from ciclo.domain.errors.coupons import CouponNotFound
from ciclo.domain.errors.links import LinkNotFound
from ciclo.domain.errors.subscriptions import PlanArchived
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import CheckoutLinkId, CustomerId, parse_id
from ciclo.domain.links.checkout_link import (
    CheckoutLink,
    require_open,
    revoke_checkout_link,
    validate_checkout_link,
)
from ciclo.domain.payment import MethodKind
from ciclo.domain.plan import terms_of
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.links.checkout_links import add_checkout_link, close_checkout_link, find_checkout_link
from ciclo.store.selling.coupons import find_coupon_by_code
from ciclo.viewer import LINK_PREFIX, Actor, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutLinkDraft:
    """What a new link is to sell; None is the plan's own, or no limit."""

    plan_id: str
    coupon_code: str | None = None
    quantity_min: int = 1
    quantity_max: int = 1
    trial_days: int | None = None
    methods: tuple[MethodKind, ...] = ()
    customer_id: str | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    metadata: Mapping[str, str]
    uses_max: int | None = None
    expires_at: datetime | None = None


async def create_checkout_link(
    deps: Deps, draft: CheckoutLinkDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> CheckoutLink:
    """Make a link by which whoever has it takes a plan.

    Raises:
        MalformedId, PlanNotFound, PlanArchived: there is no such plan on sale.
        CouponNotFound: there is no such code.
        CustomerNotFound, CustomerAnonymized, CustomerMerged: there is no such customer.
        InvalidValue, AmountOutOfRange: a field is outside its bounds; a host is not the seller's.
        EncryptionNotSetUp: there is no key to sign its address with.
    """
    plan = await get_plan(deps, draft.plan_id)
    if not plan.active:
        raise PlanArchived(plan.id)
    now = deps.wall()
    link = validate_checkout_link(
        CheckoutLink(
            id=CheckoutLinkId(generate_id("clk", now)),
            plan_id=plan.id,
            coupon_code=await _code(deps, draft.coupon_code),
            quantity_min=draft.quantity_min,
            quantity_max=draft.quantity_max,
            trial_days=draft.trial_days,
            methods=draft.methods,
            customer_id=await _customer(deps, draft.customer_id),
            success_url=draft.success_url,
            cancel_url=draft.cancel_url,
            metadata=validate_metadata(draft.metadata),
            uses_max=draft.uses_max,
            expires_at=draft.expires_at,
            created_at=now,
        ),
        at=now,
    )
    terms_of(plan, quantity=link.quantity_max)  # refuses what nobody could take
    require_return_address(deps.settings, link.success_url, field="success_url")
    require_return_address(deps.settings, link.cancel_url, field="cancel_url")
    checkout_url(deps.settings, link)  # refuses where there is no key, before anything is stored

    async def act(answer_for: AnswerFor) -> CheckoutLink:
        operation = new_operation(deps, by, "createCheckoutLink", link.id, after=link)
        await add_checkout_link(deps.store, link, operation, answer=answer_for(link.id))
        return link

    return await run_once(deps, request, act, find=partial(get_checkout_link, deps))


async def close_link(
    deps: Deps, link_id: str, *, reason: str | None, by: Actor, request: IdempotentRequest | None = None
) -> CheckoutLink:
    """Let nobody sign up by a link any more; doing it twice changes nothing.

    Raises:
        MalformedId, LinkNotFound: there is none.
        InvalidValue: the reason is too long, or holds what no reason needs.
        Conflict: others kept changing it.
    """
    why = validate_reason(reason)

    async def change(answer_for: AnswerFor) -> CheckoutLink:
        before = await get_checkout_link(deps, link_id)
        after = revoke_checkout_link(before, reason=why, at=deps.wall())
        if after is before:
            return before
        operation = new_operation(deps, by, "revokeCheckoutLink", after.id, before=before, after=after)
        await close_checkout_link(deps.store, after, operation, answer=answer_for(after.id))
        return after

    async def act(answer_for: AnswerFor) -> CheckoutLink:
        return await retry_on_contention(partial(change, answer_for))

    return await run_once(deps, request, act, find=partial(get_checkout_link, deps))


async def get_checkout_link(deps: Deps, link_id: str) -> CheckoutLink:
    """Return a link.

    Raises:
        MalformedId, LinkNotFound: there is none.
    """
    link = await find_checkout_link(deps.store, parse_id("clk", link_id))
    if link is None:
        raise LinkNotFound
    return link


async def read_checkout_link(deps: Deps, token: str) -> CheckoutLink:
    """Return the link that an address is of, open or not.

    Raises:
        LinkNotFound: nobody here made it.
    """
    read = read_token(deps.settings, LinkKind.CHECKOUT, token)
    link = await find_checkout_link(deps.store, read.target) if read else None
    if link is None:
        raise LinkNotFound
    return link


async def open_checkout_link(deps: Deps, token: str) -> CheckoutLink:
    """Return the link that an address opens now.

    Raises:
        LinkNotFound: nobody here made it.
        LinkRevoked, LinkExpired, LinkUsedUp, PlanArchived: it opened a checkout once.
    """
    link = await read_checkout_link(deps, token)
    require_open(link, at=deps.wall())
    if not (await get_plan(deps, link.plan_id)).active:
        raise PlanArchived(link.plan_id)
    return link


async def link_of_viewer(deps: Deps, viewer: Viewer) -> CheckoutLink:
    """Return the link that *viewer* came by.

    Raises:
        LinkNotFound: they came by none.
    """
    link = await find_checkout_link(deps.store, viewer.subject.removeprefix(LINK_PREFIX))
    if link is None or not viewer.has_link:
        raise LinkNotFound
    return link


async def _code(deps: Deps, typed: str | None) -> str | None:
    """Return a code as it is kept; a wrong one would only be told to who wants to sign up."""
    if not typed:
        return None
    code = normalize_code(typed)
    found = await find_coupon_by_code(deps.store, code)
    if found is None or not found[0].active:
        raise CouponNotFound().at("coupon_code")
    return code


async def _customer(deps: Deps, customer_id: str | None) -> CustomerId | None:
    return None if customer_id is None else (await require_customer(deps, customer_id)).id
