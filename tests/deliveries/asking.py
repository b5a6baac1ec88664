"""What tests of webhooks ask the API again and again."""

from typing import Any

from tests.stack import Stack, until

CREATE = """
mutation($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    endpoint { id url types ordered enabled secretHint startsAt } secret userErrors { code field message }
  }
}"""
LOG = """
query($id: ID!, $filter: WebhookDeliveryFilter) {
  webhookEndpoint(id: $id) {
    enabled disableReason failingSince
    deliveries(first: 100, filter: $filter) { edges { node {
      id messageId type objectId state nextAttemptAt
      attempts { status failure answer } message { id body }
    } } }
  }
}"""


async def an_endpoint(stack: Stack, url: str, **changes: Any) -> tuple[str, str]:
    """Create an endpoint; return its id and its secret."""
    answer = await stack.data(CREATE, {"input": {"url": url} | changes})
    created = answer["createWebhookEndpoint"]
    assert created["userErrors"] == []
    return created["endpoint"]["id"], created["secret"]


async def deliveries(stack: Stack, endpoint_id: str, **conditions: Any) -> list[dict[str, Any]]:
    """Return an endpoint's deliveries, the newest first."""
    answer = await stack.data(LOG, {"id": endpoint_id, "filter": conditions or None})
    return [edge["node"] for edge in answer["webhookEndpoint"]["deliveries"]["edges"]]


async def ask(stack: Stack, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
    """Run a mutation and return its payload."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    answer = await stack.data(
        f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code }} }} }}",
        {"input": given},
    )
    payload: dict[str, Any] = answer[mutation]
    return payload


async def everything_delivered(stack: Stack) -> None:
    """Wait until every message is fanned out and no delivery is to be made."""

    async def nothing_waits() -> bool:
        store = stack.deps.store
        waiting = await store["messages"].find_one({"fanned_out": False})
        pending = await store["webhook_deliveries"].find_one({"state": "PENDING"})
        return waiting is None and pending is None

    await until(nothing_waits, seconds=30)
