"""Items that wait for the next invoice, and how a customer is taxed from the next line on.

Source: billing rules 37, 38.
"""

from ciclo.copies import replace
from ciclo.domain.errors.coupons import InvoiceItemNotFound
from ciclo.domain.errors.general import LimitExceeded
from ciclo.domain.errors.subscriptions import AlreadyCancelled, CancellationScheduled
from ciclo.domain.events.selling import InvoiceItemAdded, InvoiceItemRemoved, TaxProfileChanged
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lines.item import ITEMS_MAX


def on_invoice_item_added(decision: Decision, added: InvoiceItemAdded, _: EventContext) -> Decision:
    """Let an item wait for the next invoice.

    Raises:
        AlreadyCancelled, CancellationScheduled: no invoice is to come.
        LimitExceeded: as many wait as one invoice has.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if sub.cancel_at_period_end:
        raise CancellationScheduled
    if len(sub.items) >= ITEMS_MAX:
        raise LimitExceeded(f"{ITEMS_MAX} items wait at most", field=("subscription_id",))
    with_item = replace(sub, items=(*sub.items, added.item))
    return decision.with_subscription(with_item).with_outcome(Outcome.ITEM_ADDED)


def on_invoice_item_removed(decision: Decision, removed: InvoiceItemRemoved, _: EventContext) -> Decision:
    """Take an item away that waits.

    Raises:
        InvoiceItemNotFound: it waits no more, or never did.
    """
    sub = decision.account.subscription
    kept = tuple(item for item in sub.items if item.id != removed.item_id)
    if len(kept) == len(sub.items):
        raise InvoiceItemNotFound
    return decision.with_subscription(replace(sub, items=kept)).with_outcome(Outcome.ITEM_REMOVED)


def on_tax_profile_changed(decision: Decision, changed: TaxProfileChanged, _: EventContext) -> Decision:
    """Tax what is billed from now on otherwise; what is billed, and its credits, keep their rates."""
    sub = replace(decision.account.subscription, tax_profile=changed.profile)
    return decision.with_subscription(sub).with_outcome(Outcome.TAX_PROFILE_CHANGED)
