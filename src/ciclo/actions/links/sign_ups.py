"""Sign-ups: a customer and their subscription by a checkout link, at one go, and what became of it.

Who signs up becomes a customer of their own, whether or not somebody has the address that they type: nobody
learns from the answer who is known here, and nobody comes by what another one has. See
`customers.proving` for what makes the two one.
"""

from dataclasses import dataclass, field

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_draft import Newcomer, SubscriptionDraft
from ciclo.actions.customers.finding import require_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.links.addresses import find_invoice_address
from ciclo.actions.links.return_addresses import address_after
from ciclo.actions.links.tokens import LinkKind, read_token, sign_token
from ciclo.actions.payment_methods import MethodChoice, fill_gaps
from ciclo.actions.subscriptions import create_subscription
from ciclo.copies import replace
from ciclo.domain.customer import validate_name
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.links import LinkNotFound
from ciclo.domain.links.checkout_link import CheckoutLink, require_offered
from ciclo.domain.subscription import Subscription
from ciclo.domain.tax_id import normalize_tax_id
from ciclo.email_address import normalize_email
from ciclo.store.customers import find_customer
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.invoices import find_first_invoice
from ciclo.store.subscriptions import find_subscription
from ciclo.viewer import LINK_PREFIX, Viewer, ViewerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpForm:
    """What somebody fills in; who they are is asked of those alone whom the seller has not named."""

    email: str | None = None
    name: str | None = None
    tax_id: str | None = field(default=None, repr=False)
    locale: str | None = None
    quantity: int = 1
    skip_trial: bool = False
    method: MethodChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpProgress:
    """What became of a sign-up: where its first invoice is paid, and where it leads in the end."""

    subscription: Subscription
    invoice_url: str | None
    return_url: str | None


async def subscriber_by_link(deps: Deps, link: CheckoutLink, *, address: str) -> Viewer:
    """Return who has *link*: whom the seller named, or somebody who has yet to say who they are.

    Raises:
        CustomerNotFound, CustomerAnonymized, CustomerMerged: whom the seller named is gone.
    """
    named = await require_customer(deps, link.customer_id) if link.customer_id is not None else None
    return Viewer(
        kind=ViewerKind.CUSTOMER,
        subject=f"{LINK_PREFIX}{link.id}",
        email=named.email if named else "",
        customer_id=named.id if named else None,
        address=address,
    )


async def sign_up(
    deps: Deps,
    link: CheckoutLink,
    form: SignUpForm,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Make somebody a customer who takes what *link* sells.

    Raises:
        LinkRevoked, LinkExpired, LinkUsedUp: nobody signs up by it any more.
        InvalidValue: who they are, or what they want, can't be taken.
        BillingError: whatever a creation is refused for.
    """
    require_offered(link, quantity=form.quantity, method=form.method.kind)
    named = await find_customer(deps.store, link.customer_id) if link.customer_id else None
    draft = SubscriptionDraft(
        plan_id=link.plan_id,
        customer_email=None,
        customer_id=link.customer_id,
        newcomer=_newcomer(link, form) if named is None else None,
        quantity=form.quantity,
        trial_days=link.trial_days,
        skip_trial=form.skip_trial,
        method=form.method if named is None else fill_gaps(form.method, named),
        coupon_code=link.coupon_code,
        link_id=link.id,
    )
    by = caller if named else Caller(viewer=replace(caller.viewer, email=_email(form)))
    return await create_subscription(deps, draft, caller=by, request=request)


async def find_progress(deps: Deps, link: CheckoutLink, token: str) -> SignUpProgress:
    """Return what became of a sign-up by *link*, to whom has the token that it gave.

    Raises:
        LinkNotFound: there was no such sign-up.
    """
    read = read_token(deps.settings, LinkKind.SIGN_UP, token)
    found = await find_subscription(deps.store, read.target, owner=None) if read else None
    if found is None:
        raise LinkNotFound
    first = await find_first_invoice(deps.store, found.id)
    return SignUpProgress(
        subscription=found,
        invoice_url=await find_invoice_address(deps, first) if first else None,
        return_url=address_after(deps.settings, link.success_url, found.id),
    )


def token_of(deps: Deps, subscription: Subscription) -> str:
    """Return by what the page of a sign-up asks what became of it."""
    return sign_token(deps.settings, subscription.id, 0)


def _email(form: SignUpForm) -> str:
    """Return where mails to who signs up go.

    Raises:
        InvalidValue: it is no address.
    """
    try:
        return normalize_email(form.email or "")
    except InvalidValue as error:
        raise error.at("email") from None


def _newcomer(link: CheckoutLink, form: SignUpForm) -> Newcomer:
    """Return who signs up, as they say.

    Raises:
        InvalidValue: the name or the tax id can't be one.
    """
    try:
        name = validate_name(form.name or "")
    except InvalidValue as error:
        raise error.at("name") from None
    try:
        tax_id = normalize_tax_id(form.tax_id or "")
    except InvalidValue as error:
        raise error.at("tax_id") from None
    return Newcomer(name=name, tax_id=tax_id, locale=form.locale, metadata=link.metadata)
