"""Every text that a caller hands in has a bound."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    parse,
    validate,
)

from graphql_schema.execution.text_bounds import (
    ID_CHARS_MAX,
    LINE_CHARS_MAX,
    LIST_ITEMS_MAX,
    TEXT_BOUNDS,
    TextTooLong,
    bound_of,
    check_texts,
)
from graphql_schema.schema import build_schema as ciclos_schema

SCHEMA = build_schema(ciclos_schema().as_str())
EMAIL = 254
BOUNDED_BY_SHAPE = {"Boolean", "Date", "DateTime", "Decimal", "Float", "Int", "JSON", "WholeNumber"}
"""Scalars that take no long text: each has a pattern, is no text, or `write_config` bounds it."""


def places() -> Iterator[tuple[str, GraphQLArgument | GraphQLInputField]]:
    """Yield every argument and every input field of the schema."""
    for kind in SCHEMA.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLInputObjectType):
            yield from kind.fields.items()
        elif isinstance(kind, GraphQLObjectType):
            for found in kind.fields.values():
                yield from found.args.items()


def test_every_text_of_the_schema_has_a_bound() -> None:
    scalars = {(name, get_named_type(place.type)) for name, place in places()}
    texts = {name for name, kind in scalars if kind is not None and kind.name == "String"}
    others = {
        kind.name
        for _, kind in scalars
        if kind is not None and not hasattr(kind, "fields") and not hasattr(kind, "values")
    }

    assert texts == TEXT_BOUNDS.keys()
    assert others - BOUNDED_BY_SHAPE == {"String", "ID"}


def refusal(query: str, **variables: object) -> str:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    try:
        check_texts(document, SCHEMA, variables)
    except TextTooLong as error:
        return error.message
    return ""


SEARCH = "query($text: String) { subscriptions(filter: { customerEmail: $text }) { totalCount } }"
BY_FILTER = "query($filter: SubscriptionFilter) { subscriptions(filter: $filter) { totalCount } }"
CREATE = "mutation($input: CreatePlanInput!) { createPlan(input: $input) { plan { id } } }"
IN_FRAGMENT = "query($id: ID!) { ...A } fragment A on Query { ... { plan(id: $id) { id } } }"
REPLAY = "mutation($ids: [ID!]!) { replayDeadLetters(input: { ids: $ids }) { events { id } } }"


def test_each_way_to_hand_a_text_in_is_bounded() -> None:
    line = "a" * LINE_CHARS_MAX
    for length, message in ((EMAIL, ""), (EMAIL + 1, f"customerEmail has at most {EMAIL} characters")):
        text = "a" * length
        written = f'{{ subscriptions(filter: {{ customerEmail: "{text}" }}) {{ totalCount }} }}'
        assert refusal(SEARCH, text=text) == message
        assert refusal(BY_FILTER, filter={"customerEmail": text}) == message
        assert refusal(written) == message

    assert refusal(CREATE, input={"features": [line]}) == ""
    assert (
        refusal(CREATE, input={"features": [line + "a"]})
        == f"features has at most {LINE_CHARS_MAX} characters"
    )
    assert (
        refusal(CREATE, input={"limits": [{"name": line + "a"}]})
        == f"name has at most {LINE_CHARS_MAX} characters"
    )


@pytest.mark.parametrize("given", ["a" * (ID_CHARS_MAX + 1), 10**200])
def test_ids_are_bounded_in_fragments_and_as_numbers(given: object) -> None:
    message = f"id has at most {ID_CHARS_MAX} characters"

    assert refusal(IN_FRAGMENT, id=given) == message
    assert refusal(f'{{ plan(id: "{given}") {{ id }} }}') == message
    assert refusal(f"{{ plan(id: {10**200}) {{ id }} }}") == message


def test_a_refusal_has_a_code_and_repeats_nothing() -> None:
    assert TextTooLong("name", 10).formatted == {
        "message": "name has at most 10 characters",
        "extensions": {"code": "TEXT_TOO_LONG"},
    }


def test_lists_are_bounded_and_one_item_is_a_list() -> None:
    assert refusal(REPLAY, ids=["a"] * LIST_ITEMS_MAX) == ""
    assert refusal(REPLAY, ids=["a"] * (LIST_ITEMS_MAX + 1)) == f"ids has at most {LIST_ITEMS_MAX} items"
    assert refusal(REPLAY, ids="a" * 200) == f"ids has at most {ID_CHARS_MAX} characters"


def test_what_execution_will_refuse_is_left_to_it() -> None:
    assert refusal(SEARCH, text=5.5) == ""
    assert refusal(SEARCH) == ""
    assert refusal(CREATE, input=None) == ""
    assert bound_of("nowhere", "String") > 0
