"""Looking ahead, with nothing written: invoices to come, and what a creation brings."""

from dataclasses import dataclass

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_draft import SubscriptionDraft, name_customer, new_customer
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.plans import get_offer
from ciclo.actions.processing.commands import foresee_account
from ciclo.actions.self_service.debts import require_no_debt
from ciclo.actions.self_service.trials import note_trial_use
from ciclo.actions.selling.redemptions import Redeemer, discounts_of, redeem_if_given
from ciclo.actions.subscriptions import (
    command_event,
    get_subscription,
    new_creation,
    require_anchor,
)
from ciclo.domain.errors.general import InvalidValue, LimitExceeded
from ciclo.domain.errors.subscriptions import AlreadySubscribed
from ciclo.domain.forecast import MONTHS_MAX, CreationPreview, forecast, preview_creation
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import open_account
from ciclo.domain.payment import MethodKind, PaymentMethod
from ciclo.domain.payments.grant import Balance
from ciclo.domain.period import ChosenAnchor, local_date
from ciclo.domain.plan import terms_of
from ciclo.store.customers import find_customer_by_email
from ciclo.store.subscriptions import has_plan_elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationChoice:
    """A creation to look at; the method is but its kind, since no provider is asked."""

    plan_id: str
    customer_email: str | None = None
    quantity: int = 1
    skip_trial: bool = False
    method: MethodKind | None = None
    chosen_anchor: ChosenAnchor | None = None
    coupon_code: str | None = None


async def forecast_invoices(
    deps: Deps, subscription_id: str, *, months: int, caller: Caller
) -> tuple[Invoice, ...]:
    """Return the invoices of the months to come, if all that is asked for is paid on its day.

    Raises:
        MalformedId, SubscriptionNotFound: there is no such subscription that *caller* may see.
        InvalidValue: the months are not between 1 and MONTHS_MAX.
        LimitExceeded: more happens in them than one forecast takes.
        OverdueWorkFailed: what is due already can't be done.
    """
    if not 1 <= months <= MONTHS_MAX:
        raise InvalidValue(f"months must be between 1 and {MONTHS_MAX}", field=("months",))
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    now = await deps.clock.now()
    account = await foresee_account(deps, subscription.id, at=now)
    ahead = forecast(account, deps.policy, now=now, months=months)
    if not ahead.complete:
        raise LimitExceeded("more happens in these months than one forecast takes", field=("months",))
    return ahead.invoices


async def preview_new_subscription(deps: Deps, choice: CreationChoice, *, caller: Caller) -> CreationPreview:
    """Return what a new subscription would be asked for at once, and next.

    Raises:
        BillingError: whatever the creation itself would be refused for, but what only a provider can say.
    """
    draft = SubscriptionDraft(
        plan_id=choice.plan_id,
        customer_email=choice.customer_email,
        quantity=choice.quantity,
        skip_trial=choice.skip_trial,
        chosen_anchor=choice.chosen_anchor,
    )
    email = name_customer(draft, caller)
    plan = await get_offer(deps, draft.plan_id, caller=caller)
    known = await find_customer_by_email(deps.store, email)
    nobody = SubscriptionId("")
    if known is not None and await has_plan_elsewhere(deps.store, known.id, plan.id, but=nobody):
        raise AlreadySubscribed
    if known is not None:
        await require_no_debt(deps, known.id, caller=caller)
    now = await deps.clock.now()
    method = PaymentMethod(kind=choice.method) if choice.method else None
    customer = known or new_customer(draft, email, at=now)
    customer = await note_trial_use(deps, customer, method, plan=plan)
    today = local_date(now, deps.policy.timezone)
    require_anchor(draft, plan, customer=customer, caller=caller, on=today)
    subscription_id = SubscriptionId(generate_id("sub", now))
    terms = terms_of(plan, quantity=choice.quantity)
    redeemer = Redeemer(caller, customer.id, subscription_id, terms, now)
    redeemed = await redeem_if_given(deps, choice.coupon_code, redeemer)
    discounts = discounts_of(redeemed)
    created = new_creation(draft, plan, customer=customer, method=method, on=today, discounts=discounts)
    event = command_event(created, subscription_id=subscription_id, caller=caller, at=now)
    account = open_account(event, created)
    currency = created.terms.currency
    balance = Balance(amount=customer.credit.get(currency, 0), grants=customer.grants.get(currency, ()))
    return preview_creation(account.with_balance(balance), deps.policy)
