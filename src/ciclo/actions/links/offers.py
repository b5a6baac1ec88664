"""Offers: what a checkout link would cost whoever takes it, before anybody has; nothing is reserved."""

from dataclasses import dataclass

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_draft import SubscriptionDraft, new_customer, with_trial
from ciclo.actions.customers.finding import require_customer
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.plans import get_offer
from ciclo.actions.selling.redemptions import Redeemed, Redeemer, discounts_of, redeem_if_given
from ciclo.actions.subscriptions import command_event, new_creation
from ciclo.domain.coupons.schedule import Stretch, price_periods
from ciclo.domain.customer import Customer
from ciclo.domain.errors.general import BillingError
from ciclo.domain.forecast import CreationPreview, preview_creation
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.lifecycle import open_account
from ciclo.domain.links.checkout_link import CheckoutLink, require_offered, require_open
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.payments.grant import Balance
from ciclo.domain.period import local_date
from ciclo.domain.plan import Plan, Terms, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A link's plan, and what it comes to; with a `refusal` its coupon gives nothing now."""

    link: CheckoutLink
    plan: Plan
    terms: Terms
    preview: CreationPreview
    stretches: tuple[Stretch, ...]
    refusal: BillingError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChoice:
    """What somebody wants of what a link offers."""

    quantity: int
    method: MethodKind | None = None
    skip_trial: bool = False


async def preview_offer(deps: Deps, link: CheckoutLink, choice: OfferChoice, *, caller: Caller) -> Offer:
    """Return what signing up by *link* would cost.

    Raises:
        LinkRevoked, LinkExpired, LinkUsedUp, PlanArchived: it offers nothing any more.
        InvalidValue, AmountOutOfRange: the link does not offer that.
        CustomerNotFound, CustomerAnonymized, CustomerMerged: whom it is for is gone.
    """
    require_open(link, at=deps.wall())
    require_offered(link, quantity=choice.quantity, method=choice.method)
    plan = with_trial(await get_offer(deps, link.plan_id, caller=caller), link.trial_days)
    now = await deps.clock.now()
    draft = SubscriptionDraft(
        plan_id=plan.id, customer_email=None, quantity=choice.quantity, skip_trial=choice.skip_trial
    )
    customer = await _customer_of(deps, link, draft, caller)
    subscription_id, terms = SubscriptionId(generate_id("sub", now)), terms_of(plan, quantity=choice.quantity)
    refusal: BillingError | None = None
    redeemed: Redeemed | None = None
    try:
        redeemer = Redeemer(caller, customer.id, subscription_id, terms, now)
        redeemed = await redeem_if_given(deps, link.coupon_code, redeemer)
    except BillingError as error:
        refusal = error
    discounts = discounts_of(redeemed)
    method = PaymentMethod(kind=choice.method) if choice.method else None
    created = new_creation(
        draft,
        plan,
        customer=customer,
        method=method,
        on=local_date(now, deps.policy.timezone),
        discounts=discounts,
    )
    event = command_event(created, subscription_id=subscription_id, caller=caller, at=now)
    balance = Balance(
        amount=customer.credit.get(terms.currency, 0), grants=customer.grants.get(terms.currency, ())
    )
    return Offer(
        link=link,
        plan=plan,
        terms=terms,
        preview=preview_creation(open_account(event, created).with_balance(balance), deps.policy),
        stretches=price_periods(terms, discounts, deps.policy),
        refusal=refusal,
    )


async def _customer_of(deps: Deps, link: CheckoutLink, draft: SubscriptionDraft, caller: Caller) -> Customer:
    """Return whom the link is for, or somebody new: who has which address is not looked up."""
    if link.customer_id is not None:
        return await require_customer(deps, link.customer_id)
    return new_customer(draft, caller.viewer.email, at=await deps.clock.now())
