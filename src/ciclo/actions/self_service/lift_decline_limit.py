"""Letting a customer try cards again before the windows of their declines have passed (rule 41)."""

from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.self_service.declines import keys_of
from ciclo.domain.customer import Customer
from ciclo.store.idempotency import IdempotentRequest, store_answer
from ciclo.store.invoices import open_invoices_of_customer
from ciclo.streams.places import free_all_places
from ciclo.viewer import Actor

INVOICES_MAX: Final = 100
"""Open invoices of the customer whose count is lifted, too: the oldest ones."""


async def lift_decline_limit(
    deps: Deps, customer_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> Customer:
    """Count a customer's tries of cards anew, and those to pay what they owe.

    Raises:
        MalformedId, CustomerNotFound: there is no such customer.
        StreamsUnavailable: Redis is away, and it is unknown whether they are.
    """
    customer = await get_customer(deps, customer_id)

    async def act(answer_for: AnswerFor) -> Customer:
        owed = await open_invoices_of_customer(deps.store, customer.id, invoices_max=INVOICES_MAX)
        await free_all_places(deps.streams, keys_of(customer, owed))
        lifted = new_operation(deps, by, "liftDeclineLimit", customer.id)
        await store_answer(deps.store, answer_for(customer.id), lifted)
        return customer

    return await run_once(deps, request, act, find=partial(get_customer, deps))
