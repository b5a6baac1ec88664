"""Accounts that the rules made, put into the database as they are."""

from ciclo.actions.dependencies import Deps
from ciclo.store.codec import encode
from tests.builders import Story


async def stored(deps: Deps, story: Story) -> None:
    """Store what the rules made, as whole documents."""
    customer_id = story.subscription.customer_id
    customer = {"_id": customer_id, "email": "a@example.com", "credit": {}, "credit_version": 0}
    await deps.store["customers"].insert_one(customer)
    await deps.store["subscriptions"].insert_one(encode(story.subscription))
    invoices = [encode(one) | {"number": f"T-{place}"} for place, one in enumerate(story.invoices)]
    payments = [encode(one) for one in story.account.payments.values()]
    for collection, documents in (("invoices", invoices), ("payments", payments)):
        if documents:
            await deps.store[collection].insert_many(documents)
