"""The committed schema is compared with the code's, and a difference is shown."""

from ciclo.cli.schema_file import diff_text, schema_path, schema_text


def test_the_same_text_is_no_difference() -> None:
    assert diff_text("type A {\n}\n", "type A {\n}\n") == ""


def test_a_difference_is_shown_by_lines() -> None:
    assert diff_text("type A {\n  b: Int\n}\n", "type A {\n  b: ID\n}\n") == (
        "--- schema.graphql (committed)\n"
        "+++ schema.graphql (from the code)\n"
        "@@ -1,3 +1,3 @@\n"
        " type A {\n"
        "-  b: Int\n"
        "+  b: ID\n"
        " }\n"
    )


def test_the_schema_is_printed_in_graphqls_own_language() -> None:
    text = schema_text()

    assert "type BillingSubscription" in text
    assert text.endswith("}\n")


def test_the_committed_file_lies_beside_the_code() -> None:
    assert schema_path().parts[-2:] == ("graphql_schema", "schema.graphql")
