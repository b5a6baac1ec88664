"""What a new subscription is to be, and whose: as callers, previews and checkout links say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.payment_methods import MethodChoice
from ciclo.copies import replace
from ciclo.domain.collection import Collection
from ciclo.domain.customer import Customer
from ciclo.domain.errors.general import Forbidden, InvalidValue
from ciclo.domain.errors.links import LinkNotFound
from ciclo.domain.errors.subscriptions import TrialUsed
from ciclo.domain.ids import CheckoutLinkId, CustomerId
from ciclo.domain.links.checkout_link import require_open
from ciclo.domain.period import ChosenAnchor
from ciclo.domain.plan import Plan
from ciclo.email_address import normalize_email
from ciclo.store.links.checkout_links import find_checkout_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who signs up by a checkout link, as they say: nobody knows whether the address is theirs."""

    name: str
    tax_id: str = field(repr=False)
    locale: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDraft:
    """What a new subscription is to be. Without an e-mail address it is the caller's own.

    With a `customer_id` it is that one's, whoever else has the address. A `newcomer` becomes a customer of
    their own, even where the address is somebody's. `trial_days` of None are the plan's.
    """

    plan_id: str
    customer_email: str | None
    customer_id: str | None = None
    newcomer: Newcomer | None = None
    trial_days: int | None = None
    link_id: CheckoutLinkId | None = None
    quantity: int = 1
    skip_trial: bool = False
    method: MethodChoice | None = None
    collection: Collection = field(default_factory=Collection)
    chosen_anchor: ChosenAnchor | None = None
    coupon_code: str | None = None


def name_customer(draft: SubscriptionDraft, caller: Caller) -> str:
    """Return whose subscription it is to be: an operator names anybody, a customer themselves.

    Raises:
        InvalidValue: nobody is named, or the address is no address.
        Forbidden: a customer names somebody else.
    """
    if draft.customer_email is not None:
        email = normalize_email(draft.customer_email)
        if not caller.is_admin and email != caller.viewer.email:
            raise Forbidden("a customer subscribes for themselves only", field=("customer_email",))
        return email
    if caller.is_admin:
        raise InvalidValue("name the customer's e-mail address", field=("customer_email",))
    return caller.viewer.email


def new_customer(draft: SubscriptionDraft, email: str, *, at: datetime) -> Customer:
    """Return the customer that whoever has this address becomes, if they are none yet."""
    id_ = CustomerId(generate_id("cus", at))
    if draft.newcomer is not None:
        return Customer(
            id=id_,
            email=email,
            unproven=id_,
            name=draft.newcomer.name,
            tax_id=draft.newcomer.tax_id,
            locale=draft.newcomer.locale,
            metadata=draft.newcomer.metadata,
            created_at=at,
            credit={},
            provider_references={},
        )
    return Customer(
        id=id_,
        email=email,
        name=draft.method.payer_name if draft.method else None,
        tax_id=draft.method.payer_tax_id if draft.method else None,
        address=draft.method.payer_address if draft.method else None,
        created_at=at,
        credit={},
        provider_references={},
    )


def with_trial(plan: Plan, trial_days: int | None) -> Plan:
    """Return *plan* with another trial than its own; None: its own."""
    return plan if trial_days is None else replace(plan, trial_days=trial_days)


def require_promised_trial(draft: SubscriptionDraft, plan: Plan, customer: Customer) -> None:
    """Check that who was shown a trial by a link gets it: else they would be charged what they never saw.

    Raises:
        TrialUsed: somebody with the same card had one.
    """
    promised = draft.newcomer is not None and plan.trial_days > 0 and not draft.skip_trial
    if promised and customer.trial_used_at is not None:
        raise TrialUsed


async def require_open_link(deps: Deps, draft: SubscriptionDraft) -> None:
    """Check that the link of a sign-up is open, before any card is shown to a provider.

    The last use goes to whoever is first to write it.

    Raises:
        LinkNotFound, LinkRevoked, LinkExpired, LinkUsedUp: it is not.
    """
    if draft.link_id is None:
        return
    link = await find_checkout_link(deps.store, draft.link_id)
    if link is None:
        raise LinkNotFound
    require_open(link, at=deps.wall())
