"""Items for the next invoice of a subscription."""

from dataclasses import dataclass

from ciclo.actions.caller import Caller
from ciclo.actions.changes.subscription_commands import run_command
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.subscriptions import get_subscription
from ciclo.domain.errors.coupons import InvoiceItemNotFound
from ciclo.domain.events.selling import InvoiceCreated, InvoiceItemAdded, InvoiceItemRemoved
from ciclo.domain.ids import InvoiceId, ItemId
from ciclo.domain.lines.item import InvoiceItem, validate_item
from ciclo.domain.money import Money
from ciclo.domain.subscription import Subscription
from ciclo.store.idempotency import IdempotentRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """What is to be billed, so many of it at a price each."""

    description: str
    unit_price: Money
    quantity: int
    discountable: bool
    tax_category: str | None
    is_penalty: bool = False


def item_of(deps: Deps, draft: ItemDraft, currency: str) -> InvoiceItem:
    """Return an item for what is billed in *currency*.

    Raises:
        CurrencyMismatch: its price is in another one.
    """
    draft.unit_price.require(currency)
    return InvoiceItem(
        id=ItemId(generate_id("itm", deps.wall())),
        description=draft.description,
        quantity=draft.quantity,
        unit_price=draft.unit_price.amount,
        discountable=draft.discountable,
        tax_category=draft.tax_category,
        is_penalty=draft.is_penalty,
    )


async def add_item(
    deps: Deps,
    subscription_id: str,
    draft: ItemDraft,
    *,
    at_once: bool = False,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Let an item wait for the next invoice of a period, or bill it *at_once* on one of its own.

    Raises:
        SubscriptionNotFound: it is not there.
        CurrencyMismatch: it is billed in another currency.
        InvalidValue, AmountOutOfRange: the item is none.
        BillingError: see `lifecycle.changes.items`.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    item = validate_item(item_of(deps, draft, subscription.terms.currency))
    payload: InvoiceItemAdded | InvoiceCreated = InvoiceItemAdded(item=item)
    if at_once:
        invoice_id = InvoiceId(generate_id("inv", await deps.clock.now()))
        payload = InvoiceCreated(invoice_id=invoice_id, items=(item,))
    return await run_command(deps, subscription, payload, caller=caller, request=request)


async def remove_item(
    deps: Deps,
    subscription_id: str,
    item_id: str,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Subscription:
    """Take an item away that is on no invoice yet.

    Raises:
        SubscriptionNotFound, InvoiceItemNotFound: it does not wait.
    """
    subscription = await get_subscription(deps, subscription_id, owner=caller.owner)
    if not item_id.startswith("itm_"):
        raise InvoiceItemNotFound
    payload = InvoiceItemRemoved(item_id=ItemId(item_id))
    return await run_command(deps, subscription, payload, caller=caller, request=request)
