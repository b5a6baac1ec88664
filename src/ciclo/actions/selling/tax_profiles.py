"""How a customer is taxed: kept with them, and copied to each of their live subscriptions."""

from functools import partial

from ciclo.actions.balances import apply_together
from ciclo.actions.caller import Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import get_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.subscriptions import command_event
from ciclo.domain.customer import Customer, normalize_country
from ciclo.domain.events.selling import TaxProfileChanged
from ciclo.domain.lines.tax_rate import TaxProfile
from ciclo.store.customers import keep_tax_profile, tax_profile_statements
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.ledger.beside import Beside
from ciclo.store.subscriptions import live_subscriptions


async def set_tax_profile(
    deps: Deps,
    customer_id: str,
    profile: TaxProfile,
    *,
    caller: Caller,
    request: IdempotentRequest | None = None,
) -> Customer:
    """Tax a customer otherwise from the next line of each of their subscriptions on.

    Raises:
        CustomerNotFound: there is no such customer.
        InvalidValue: the country has not two letters.
    """
    if profile.country is not None:
        profile = TaxProfile(country=normalize_country(profile.country), exempt=profile.exempt)
    customer = await get_customer(deps, customer_id)

    async def act(answer_for: AnswerFor) -> Customer:
        at = await deps.clock.now()

        async def change() -> None:
            live = await live_subscriptions(deps.store, customer.id)
            events = [
                command_event(TaxProfileChanged(profile=profile), subscription_id=id_, caller=caller, at=at)
                for id_ in live
            ]
            answer, learned = answer_for(customer.id), tax_profile_statements(customer.id, profile)
            if events:
                await apply_together(deps, events, beside=Beside(answer=answer, learned=learned))
            else:
                await keep_tax_profile(deps.store, learned, answer=answer)

        await retry_on_contention(change)
        return await get_customer(deps, customer.id)

    return await run_once(deps, request, act, find=partial(get_customer, deps))
