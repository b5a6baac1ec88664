"""The register of customers: writing one down before they subscribe, and what is written of them later."""

from collections.abc import Callable
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import get_customer, get_record
from ciclo.actions.customers.messages import message_of_update, publish_update
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.customer import Customer
from ciclo.domain.customers.profile import (
    CustomerProfile,
    new_customer,
    normalize_profile,
    profile_of,
    revise_customer,
)
from ciclo.domain.errors.customers import EmailTaken, ExternalIdTaken
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.store.customers import CustomerChange, add_customer, write_customer
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.viewer import Actor


async def create_customer(
    deps: Deps,
    profile: CustomerProfile,
    *,
    tax_profile: TaxProfile = ANYBODY,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Write a customer down who has no subscription yet.

    Raises:
        InvalidValue: a field is outside its bounds.
        EmailTaken, ExternalIdTaken: another customer has the address or the external id.
        IdempotencyKeyReused: the key was used with another request.
    """
    written = normalize_profile(profile)

    async def act(answer_for: AnswerFor) -> Customer:
        now = await deps.clock.now()
        id_ = CustomerId(generate_id("cus", now))
        customer = new_customer(id_, written, at=now, tax_profile=tax_profile)
        operation = new_operation(deps, by, "createCustomer", customer.id, after=customer)
        try:
            await add_customer(deps.store, customer, operation, answer=answer_for(customer.id))
        except DuplicateKey as duplicate:
            raise _refusal_of(duplicate) from duplicate
        return customer

    return await run_once(deps, request, act, find=partial(get_customer, deps))


async def update_customer(
    deps: Deps,
    customer_id: str,
    revise: Callable[[CustomerProfile], CustomerProfile],
    *,
    version: int | None,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Write anew what *revise* makes of a customer's profile; the next invoice names them so (rule 43).

    Raises:
        CustomerNotFound: there is no such customer.
        CustomerAnonymized, CustomerMerged: there is nobody any more to write of.
        CustomerChanged: they are not in the *version* that the caller read.
        InvalidValue: a field is outside its bounds.
        EmailTaken, ExternalIdTaken: another customer has the address or the external id.
        Conflict: others kept changing them.
    """

    async def act(answer_for: AnswerFor) -> Customer:
        async def change() -> Customer:
            before = await get_record(deps, customer_id)
            profile = normalize_profile(revise(profile_of(before)))
            after = revise_customer(before, profile, version=version)
            if after is before:
                return before
            messages = await message_of_update(deps, after)
            operation = new_operation(deps, by, "updateCustomer", after.id, before=before, after=after)
            await write_customer(
                deps.store,
                CustomerChange(
                    before=before,
                    after=after,
                    operation=operation,
                    messages=messages,
                    answer=answer_for(after.id),
                ),
            )
            await publish_update(deps, messages)
            return after

        try:
            return await retry_on_contention(change)
        except DuplicateKey as duplicate:
            raise _refusal_of(duplicate) from duplicate

    return await run_once(deps, request, act, find=partial(get_customer, deps))


def _refusal_of(duplicate: DuplicateKey) -> Exception:
    if duplicate.collection != "customers":
        return duplicate
    return ExternalIdTaken() if "external_id" in duplicate.keys else EmailTaken()
