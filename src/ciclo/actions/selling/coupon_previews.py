"""What a code would give to a new subscription, before anybody has one: nothing is written or reserved."""

from dataclasses import dataclass

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_draft import SubscriptionDraft, new_customer
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.plans import get_plan
from ciclo.actions.selling.redemptions import Redeemed, Redeemer, discounts_of, redeem_code
from ciclo.actions.subscriptions import command_event, new_creation
from ciclo.domain.coupons.schedule import Stretch, price_periods
from ciclo.domain.errors.general import BillingError
from ciclo.domain.forecast import preview_creation
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import open_account
from ciclo.domain.period import local_date
from ciclo.domain.plan import Terms, terms_of
from ciclo.store.customers import find_customer_by_email


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPreview:
    """What full periods cost, and the first invoice; a code that gives nothing has a `refusal`."""

    terms: Terms
    stretches: tuple[Stretch, ...]
    first_invoice: Invoice | None
    refusal: BillingError | None


async def preview_coupon(
    deps: Deps, code: str, *, plan_id: str, quantity: int, caller: Caller
) -> CouponPreview:
    """Return what the plan would cost the caller with the code; without, where it gives nothing.

    Raises:
        PlanNotFound, InvalidValue: there is no such plan or quantity.
    """
    plan = await get_plan(deps, plan_id)
    terms, now = terms_of(plan, quantity=quantity), await deps.clock.now()
    draft = SubscriptionDraft(plan_id=plan.id, customer_email=None, quantity=quantity)
    known = await find_customer_by_email(deps.store, caller.viewer.email) if caller.viewer.email else None
    customer = known or new_customer(draft, caller.viewer.email, at=now)
    subscription_id = SubscriptionId(generate_id("sub", now))
    redeemer = Redeemer(caller, customer.id, subscription_id, terms, now)
    refusal: BillingError | None = None
    redeemed: Redeemed | None = None
    try:
        redeemed = await redeem_code(deps, code, redeemer)
    except BillingError as error:
        refusal = error
    discounts = discounts_of(redeemed)
    today = local_date(now, deps.policy.timezone)
    created = new_creation(draft, plan, customer=customer, method=None, on=today, discounts=discounts)
    event = command_event(created, subscription_id=subscription_id, caller=caller, at=now)
    preview = preview_creation(open_account(event, created), deps.policy)
    return CouponPreview(
        terms=terms,
        stretches=price_periods(terms, discounts, deps.policy),
        first_invoice=preview.now or preview.next,
        refusal=refusal,
    )
