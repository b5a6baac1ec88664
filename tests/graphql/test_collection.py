"""The collection for Postman and Insomnia: every request in it is one that the API takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import graphql
import pytest

ROOT: Final = Path(__file__).parents[2]
COLLECTION: Final = json.loads((ROOT / "docs/ciclo.postman_collection.json").read_text(encoding="utf-8"))
SCHEMA: Final = graphql.build_schema((ROOT / "graphql_schema/schema.graphql").read_text(encoding="utf-8"))


def operations(items: list[dict[str, Any]]) -> Iterator[Any]:
    for item in items:
        yield from operations(item.get("item", []))
        body = item.get("request", {}).get("body", {})
        if body.get("mode") == "graphql":
            yield pytest.param(body["graphql"], id=item["name"])


@pytest.mark.parametrize("asked", list(operations(COLLECTION["item"])))
def test_an_operation_fits_the_schema(asked: dict[str, str]) -> None:
    document = graphql.parse(asked["query"])
    [operation] = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)

    assert graphql.validate(SCHEMA, document) == []
    given = graphql.execution.values.get_variable_values(
        SCHEMA, operation.variable_definitions or [], json.loads(asked["variables"])
    )
    assert not isinstance(given, list), given


def test_every_variable_is_declared() -> None:
    declared = {one["key"] for one in COLLECTION["variable"]}
    told = json.dumps([COLLECTION["item"], COLLECTION["event"]])

    assert set(re.findall(r"\{\{(\w+)\}\}|[gs]et\('(\w+)'", told)) <= {
        pair for name in declared for pair in ((name, ""), ("", name))
    }
