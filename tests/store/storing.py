"""Accounts that the rules made, put into the database as they are."""

from datetime import UTC
from typing import Final

import bson
from bson.codec_options import CodecOptions

from ciclo.actions.dependencies import Deps
from ciclo.store.codec import encode
from ciclo.store.mongo.client import Document
from tests.builders import Story

AS_THE_STORE_READS: Final = CodecOptions[Document](tz_aware=True, tzinfo=UTC)


def as_stored(value: object) -> Document:
    """Return a domain value's document as the database gives it back."""
    return bson.decode(bson.encode(encode(value)), AS_THE_STORE_READS)


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
