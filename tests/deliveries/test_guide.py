"""docs/webhooks.md: its code takes what a real Ciclo posts, and its table names every type."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from ciclo.domain.webhooks.message import MessageType
from tests.deliveries.asking import an_endpoint, ask, everything_delivered
from tests.deliveries.receiver import Receiver
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack

GUIDE: Final = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def guide_code() -> dict[str, Any]:
    """Return what the guide's code defines."""
    names: dict[str, Any] = {}
    exec("\n".join(BLOCK.findall(GUIDE)), names)  # noqa: S102 - the guide's own code is what is tested
    return names


async def test_the_guides_receiver_ends_where_ciclo_is_in_any_order_and_with_repeats(
    stack: Stack, receiver: Receiver
) -> None:
    guide = guide_code()
    _, secret = await an_endpoint(stack, receiver.url)
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    assert (
        await mutate(stack, "cancelSubscription", subscriptionId=subscription, cancelImmediately=True) == []
    )
    await everything_delivered(stack)

    database = guide["open_database"]()
    for told in [*reversed(receiver.told), *receiver.told]:
        message = guide["read_message"](told.raw, told.headers, secret)
        guide["take"](database, told.id, message)
    kept = dict(database.execute("SELECT id, status FROM objects"))
    assert kept[subscription] == "CANCELLED"
    # The customer's entitlements have no status.
    assert sorted(kept.values(), key=str) == ["CANCELLED", "COMPLETED", None, "PAID"]
    assert database.execute("SELECT count(*) FROM seen").fetchone() == (len(receiver.told),)
    database.close()


async def test_the_guides_receiver_refuses_what_is_forged(stack: Stack, receiver: Receiver) -> None:
    endpoint, secret = await an_endpoint(stack, receiver.url)
    await ask(stack, "testWebhookEndpoint", "deliveryId", endpointId=endpoint, type="INVOICE_PAID")
    await everything_delivered(stack)
    [told] = receiver.told
    with pytest.raises(WebhookVerificationError):
        guide_code()["read_message"](told.raw.replace(b"29.90", b"0.01"), told.headers, secret)


def test_the_guide_names_every_type() -> None:
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", GUIDE))
    assert {type_.value for type_ in MessageType} == named
