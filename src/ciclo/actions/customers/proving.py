"""Proving: somebody shows that an address is theirs, and has from then on what was bought with it.

Customers of checkout links stand by themselves until then. Who owes something is left out: else anybody
could lay a debt on somebody else's account by typing their address.
"""

import structlog

from ciclo.actions.access.operations import new_operation
from ciclo.actions.access.sessions import subject_of
from ciclo.actions.caller import Caller
from ciclo.actions.customers.merging import merge_customers
from ciclo.actions.dependencies import Deps
from ciclo.copies import replace
from ciclo.domain.customer import Customer
from ciclo.domain.errors.general import BillingError
from ciclo.domain.subscription import Status
from ciclo.store.customers import (
    CustomerChange,
    find_customer_by_email,
    find_unproven_customers,
    write_customer,
)
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.subscriptions import has_subscription_in
from ciclo.viewer import Actor, Viewer, ViewerKind

TAKEN_OVER = (Status.ACTIVE, Status.TRIALING)

_log = structlog.get_logger(__name__)


async def prove_address(deps: Deps, email: str) -> None:
    """Give whoever has *email*, and showed it just now, what customers of checkout links bought with it.

    What can't be theirs now, such as a plan that they have, is left to operators, who see both customers.
    """
    for customer in await find_unproven_customers(deps.store, email):
        if not await has_subscription_in(deps.store, customer.id, TAKEN_OVER):
            continue
        try:
            await _give(deps, customer, email)
        except (BillingError, Contention, DuplicateKey) as error:
            _log.warning("address_not_taken_over", customer_id=customer.id, error=type(error).__name__)


async def _give(deps: Deps, customer: Customer, email: str) -> None:
    by = Actor(name=subject_of(email))
    known = await find_customer_by_email(deps.store, email)
    if known is None:
        after = replace(customer, unproven=None, version=customer.version + 1)
        operation = new_operation(deps, by, "proveAddress", customer.id, before=customer, after=after)
        await write_customer(deps.store, CustomerChange(before=customer, after=after, operation=operation))
        return
    viewer = Viewer(kind=ViewerKind.CUSTOMER, subject=by.name, email=email, customer_id=known.id)
    caller = Caller(viewer=viewer, customer_id=known.id)
    await merge_customers(deps, known.id, customer.id, caller=caller, by=by)
