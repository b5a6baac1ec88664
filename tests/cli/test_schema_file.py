"""The committed schema is compared with the code's, and a difference is shown."""

from ciclo.cli.schema_file import committed_file, difference, printed


def test_the_same_text_is_no_difference() -> None:
    assert difference("type A {\n}\n", "type A {\n}\n") == ""


def test_a_difference_is_shown_by_lines() -> None:
    assert difference("type A {\n  b: Int\n}\n", "type A {\n  b: ID\n}\n") == (
        "--- schema.graphql (committed)\n"
        "+++ schema.graphql (from the code)\n"
        "@@ -1,3 +1,3 @@\n"
        " type A {\n"
        "-  b: Int\n"
        "+  b: ID\n"
        " }\n"
    )


def test_the_schema_is_printed_in_graphqls_own_language() -> None:
    text = printed()

    assert "type BillingSubscription" in text
    assert text.endswith("}\n")


def test_the_committed_file_lies_beside_the_code() -> None:
    assert committed_file().parts[-2:] == ("graphql_schema", "schema.graphql")
