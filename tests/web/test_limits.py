"""Limits of GraphQL documents: what passes, what is refused, and that refusing is cheap."""

import time

import pytest
from graphql import get_introspection_query, parse

from graphql_schema.execution.limits import (
    Limits,
    PageVariable,
    TooComplex,
    check_document,
    check_pages,
    root_field,
)

LIMITS = Limits()


def refusal(query: str, **variables: object) -> str:
    """Return why *query* is refused, empty if it is not."""
    try:
        check_pages(check_document(parse(query), LIMITS), variables, LIMITS)
    except TooComplex as error:
        return error.message
    return ""


def nested(levels: int) -> str:
    return "{" + "a{" * (levels - 1) + "b" + "}" * levels


def multiplied(fragments: int) -> str:
    """Return a short query whose fragments double at each step."""
    steps = [f"fragment f{n} on Q{{...f{n + 1} ...f{n + 1}}}" for n in range(fragments)]
    return f"{{...f0}} {' '.join(steps)} fragment f{fragments} on Q{{x:a}}"


@pytest.mark.parametrize(
    ("just", "over", "why"),
    [
        (nested(12), nested(13), "more than 12 levels of fields"),
        (
            "{a{" + "f " * 499 + "}}",
            "{a{" + "f " * 500 + "}}",
            "more than 500 fields",
        ),
        (
            "{a{" + " ".join(f"x{n}:f" for n in range(30)) + "}}",
            "{a{" + " ".join(f"x{n}:f" for n in range(31)) + "}}",
            "more than 30 aliases",
        ),
        ("{a " + "@x " * 30 + "}", "{a " + "@x " * 31 + "}", "more than 30 directives"),
        (
            "query($a:Int " + "@x " * 10 + ") " + "@y " * 10 + "{a " + "@z " * 10 + "}",
            "query($a:Int " + "@x " * 10 + ") " + "@y " * 10 + "{... on Q " + "@z " * 11 + "{a}}",
            "more than 30 directives",
        ),
        ("{a " * 1 + "f " * 19 + "}", "{a " + "f " * 20 + "}", "more than 20 root fields"),
        (
            "{...F} fragment F on Q {" + "f " * 20 + "}",
            "{...F} fragment F on Q {... {" + "f " * 21 + "}}",
            "more than 20 root fields",
        ),
        (
            "{a} " + " ".join(f"fragment F{n} on Q {{a}}" for n in range(19)),
            "{a} " + " ".join(f"fragment F{n} on Q {{a}}" for n in range(20)),
            "more than 20 definitions",
        ),
        ("{a(first: 100)}", "{a(first: 101)}", "a page has at most 100 items"),
        ("{a(last: 100)}", "{a{b(last: 99999999999999999999)}}", "a page has at most 100 items"),
        (
            "query($n: Int = 100){a(first: $n)}",
            "query($n: Int = 101){a{b(first: $n)}}",
            "a page has at most 100 items",
        ),
        (multiplied(4), multiplied(5), "more than 30 aliases"),
    ],
)
def test_each_limit_is_met_exactly(just: str, over: str, why: str) -> None:
    assert refusal(just) == ""
    assert refusal(over) == why


def test_a_refusal_has_a_code() -> None:
    with pytest.raises(TooComplex) as refused:
        check_document(parse(nested(13)), LIMITS)

    assert refused.value.extensions == {"code": "QUERY_TOO_COMPLEX"}


def test_depth_is_counted_through_fragments() -> None:
    fragment = "fragment F on Q " + nested(6)

    assert refusal("{a{a{a{a{a{a{...F}}}}}}} " + fragment) == ""
    assert refusal("{a{a{a{a{a{a{a{...F}}}}}}}} " + fragment) == "more than 12 levels of fields"


@pytest.mark.parametrize(
    "query",
    [
        "{...F} fragment F on Q {a ...F}",
        "{...F} fragment F on Q {...G} fragment G on Q {a{...F}}",
        "{a} fragment F on Q {...F}",
    ],
)
def test_fragments_that_form_a_cycle_are_refused(query: str) -> None:
    assert refusal(query) == "fragments form a cycle"


def test_two_fragments_of_one_name_are_refused() -> None:
    assert refusal("{...F} fragment F on Q {a} fragment F on Q {b}") == "two fragments have the same name"


def test_a_page_size_by_variable_is_checked_with_its_value() -> None:
    query = "query($n: Int = 20, $m: Int){a(first: $n){...F}} fragment F on A {b(last: $m)}"

    assert check_document(parse(query), LIMITS) == (PageVariable("m", None), PageVariable("n", 20))
    assert refusal(query) == ""
    assert refusal(query, n=100, m=None) == ""
    assert refusal(query, n=101) == "a page has at most 100 items"
    assert refusal(query, m=10**30) == "a page has at most 100 items"
    assert refusal(query, m="9999") == ""  # no Int: execution refuses it


def test_other_arguments_may_be_large() -> None:
    assert refusal("{a(amount: 5000000)}") == ""


def test_introspection_of_graphiql_passes() -> None:
    full = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    assert refusal(full) == ""


def test_introspection_has_a_depth_of_its_own() -> None:
    assert refusal("{__schema{types{" + "ofType{" * 16 + "name" + "}" * 19) == ""
    assert (
        refusal('{__type(name:"A"){' + "ofType{" * 20 + "name" + "}" * 22)
        == "more than 20 levels of introspection"
    )


def test_what_validation_will_refuse_is_left_to_it() -> None:
    assert refusal("{...Nowhere}") == ""
    assert refusal("fragment F on Q {a}") == ""
    assert refusal("type Q {a: Int}") == ""


BOMBS = {
    "doubling fragments": multiplied(18),
    "many fragments of many spreads": "{...f0}"
    + "".join(f"fragment f{n} on Q{{{f'...f{n + 1} ' * 15}}}" for n in range(18))
    + "fragment f18 on Q{a}",
    "deep inline fragments": "{" + "...{" * 190 + "a" + "}" * 191,
    "deep fields": "{" + "a{" * 190 + "a" + "}" * 191,
    "fragments each nested": "{...f0}"
    + "".join(f"fragment f{n} on Q{{{'a{' * 15}...f{n + 1}{'}' * 16}" for n in range(18))
    + "fragment f18 on Q{a}",
    "aliases": "{" + " ".join(f"x{n}:a" for n in range(330)) + "}",
    "directives": "{a " + "@x" * 490 + "}",
    "fields": "{a{" + "b " * 990 + "}}",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    document = parse(BOMBS[bomb], max_tokens=LIMITS.tokens)
    started = time.process_time()

    with pytest.raises(TooComplex):
        check_document(document, LIMITS)

    assert time.process_time() - started < 0.1


def test_an_operation_is_known_by_its_first_field() -> None:
    document = parse("{x: plans {id}} query B {... on Query {plans {id}}}")

    assert [root_field(operation) for operation in document.definitions] == ["plans", "fragment"]  # type: ignore[arg-type]
