"""What is written beside events, in their transaction: whatever a request brings that is no billing state.

What else is to be written with events is a field here and a line in one of the two functions: nobody between
the request and the transaction knows what there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ciclo.domain.mails.mail import Mail
from ciclo.store.access.approvals import ApprovalDecision, write_decision
from ciclo.store.customer_merge import CustomerMerge, write_merge
from ciclo.store.events.reviews import ReviewClosing, write_closing
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.ledger.redemptions import Redemption, redeem
from ciclo.store.links.checkout_links import LinkUse, use_checkout_link
from ciclo.store.mails.mails import write_mails
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is written beside events; what is not given is not written."""

    answer: Answer | None = None
    """The answer to the request's idempotency key, if it bears one."""
    closing: ReviewClosing | None = None
    """The review that a person closes by this."""
    approval: ApprovalDecision | None = None
    """The second person's decision that this carries out."""
    redemption: Redemption | None = None
    """The use of a coupon that gives the discount of its event."""
    learned: Sequence[Document] = ()
    """Updates of customers, of what was learned of them with the request."""
    mails: Sequence[Mail] = ()
    """What people are mailed because of the request."""
    link_use: LinkUse | None = None
    """The use of a checkout link by which somebody signs up."""
    merge: CustomerMerge | None = None
    """What becomes of two customers who are made one by its events."""


NOTHING: Final = Beside()


async def write_first(store: Store, beside: Beside, session: Session) -> None:
    """Write what is refused where somebody else was faster, before any work is done.

    Raises:
        DuplicateKey: the request was answered already.
        ReviewTaken, ApprovalTaken: the review or the approval that it closes is closed already.
    """
    await add_answer(store, beside.answer, session)
    await write_closing(store, beside.closing, session)
    await write_decision(store, beside.approval, session)


async def write_last(store: Store, beside: Beside, session: Session) -> None:
    """Write the rest: last, since who redeems a coupon waits for all others who redeem it.

    Raises:
        LinkUsedUp: the checkout link was used as often as it may be.
        CouponExhausted: the coupon was redeemed as often as it may be.
        Contention: the customers that are merged were changed meanwhile.
    """
    await update(store, "customers", beside.learned, session)
    await write_merge(store, beside.merge, session)
    await write_mails(store, beside.mails, session)
    await use_checkout_link(store, beside.link_use, session)
    await redeem(store, beside.redemption, session)


async def write_beside(store: Store, beside: Beside) -> None:
    """Write *beside* where there are no events: in a transaction of its own.

    Raises:
        Exception: whatever the two functions raise.
    """

    async def body(session: Session) -> None:
        await write_first(store, beside, session)
        await write_last(store, beside, session)

    await run_transaction(store, body)
