"""Anonymizing a customer (LGPD): what is known of the person goes, what was billed stays."""

from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import get_customer, get_record
from ciclo.actions.customers.messages import message_of_update, publish_update
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.customer import Customer
from ciclo.domain.customers.profile import anonymize_customer as anonymized
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.free_text import validate_reason
from ciclo.store.customer_erasure import ANONYMIZE_ACTION, erase_traces, write_anonymized
from ciclo.store.customers import CustomerChange
from ciclo.store.idempotency import IdempotentRequest
from ciclo.viewer import Actor


async def anonymize_customer(
    deps: Deps, customer_id: str, *, reason: str, by: Actor, request: IdempotentRequest | None = None
) -> Customer:
    """Erase what is known of the person behind a customer; asked for again, what is left of it.

    Raises:
        CustomerNotFound: there is no such customer.
        CustomerMerged: they are another customer by now.
        CustomerInUse: a subscription of theirs lives, or an invoice is open.
        InvalidValue: no reason is given, or a wrong one.
        Conflict: others kept changing them.
    """
    why = validate_reason(reason)
    if why is None:
        raise InvalidValue("say why they are anonymized", field=("reason",))

    async def act(answer_for: AnswerFor) -> Customer:
        async def change() -> Customer:
            before = await get_record(deps, customer_id)
            if before.anonymized_at is not None:
                return before
            after = anonymized(before, at=await deps.clock.now())
            messages = await message_of_update(deps, after)
            operation = new_operation(deps, by, ANONYMIZE_ACTION, after.id, after={"reason": why})
            await write_anonymized(
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

        customer = await retry_on_contention(change)
        await erase_traces(deps.store, customer)
        return customer

    return await run_once(deps, request, act, find=partial(get_customer, deps))
