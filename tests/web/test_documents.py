"""The cache of documents: bounded by number and by length."""

from graphql import parse

from graphql_schema.execution.documents import DocumentCache, Prepared


def prepared() -> Prepared:
    return Prepared(parse("{a}"), ())


def test_the_cache_is_bounded_by_number() -> None:
    cache = DocumentCache(entries_max=2)
    for query in ("a", "b"):
        cache.keep(query, prepared())
    assert cache.get("a") is not None
    cache.keep("c", prepared())

    assert [cache.get(query) is not None for query in "abc"] == [True, False, True]
    assert (len(cache), cache.chars) == (2, 2)


def test_the_cache_is_bounded_by_length() -> None:
    cache = DocumentCache(chars_max=1_000)
    for number in range(50):
        cache.keep(f"{number:0100}", prepared())
    cache.keep("x" * 1_001, prepared())

    assert (len(cache), cache.chars) == (10, 1_000)
    assert cache.get("x" * 1_001) is None


def test_a_query_that_is_kept_twice_counts_once() -> None:
    cache = DocumentCache()
    cache.keep("a", prepared())
    cache.keep("a", prepared())

    assert (len(cache), cache.chars) == (1, 1)
