"""How the tests of the GraphQL endpoint ask."""

import json
from typing import Final

import httpx

from ciclo.web.graphql.request import GRAPHQL_RESPONSE

JSON: Final = {"content-type": "application/json"}
SPEC: Final = {**JSON, "accept": GRAPHQL_RESPONSE}


async def post(
    client: httpx.AsyncClient, query: str, accept: str = GRAPHQL_RESPONSE, **more: object
) -> httpx.Response:
    return await client.post(
        "/graphql", content=json.dumps({"query": query, **more}), headers={**JSON, "accept": accept}
    )


def code_of(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return str(error["extensions"]["code"])
