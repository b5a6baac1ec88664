"""E-mail addresses tell customers apart: one grammar for all that bring one."""

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import InvalidValue
from ciclo.email_address import normalize_email


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana.Silva+ciclo@Example.COM\n", "ana.silva+ciclo@example.com"),
        ("x@a-b.co", "x@a-b.co"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("joão@example.com", "joão@example.com"),
        ("O'Connor@Example.com", "o'connor@example.com"),
        ("a!#$%&'*+/=?^_`{|}~-z@example.com", "a!#$%&'*+/=?^_`{|}~-z@example.com"),
        ("Anna@MÜNCHEN.example", "anna@münchen.example"),
        ("anna@xn--mnchen-3ya.example", "anna@münchen.example"),
        ("jo\u0061\u0303o@example.com", "joão@example.com"),
        ("ana@intranet.local", "ana@intranet.local"),
        ("ana@firma.test", "ana@firma.test"),
    ],
)
def test_an_address_is_kept_trimmed_and_in_lower_case(text: str, address: str) -> None:
    assert normalize_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@example.com",
        "ana@",
        "ana@example",
        "ana@example.",
        "ana@exa mple.com",
        "ana @example.com",
        "ana@bruno@example.com",
        "Ana <ana@example.com>",
        "ana@example.com, bruno@example.com",
        "a" * 65 + "@example.com",
        "ana@" + "a." * 125 + "com",
        ".ana@example.com",
        "ana..silva@example.com",
        "ana@-example.com",
        "ana@[127.0.0.1]",
        "ana\x00@example.com",
        "ana\u202e@example.com",
        "\u212aim@example.com",
        "ana@e\u017fample.com",
        "\uff41na@example.com",
        "ana\uff20example.com",
        "o\ufb03ce@example.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize_email(text)

    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID_VALUE, ("customer_email",))


@pytest.mark.parametrize(
    "text", ["O'Connor@Example.com", "anna@xn--mnchen-3ya.example", "İstanbul@example.com"]
)
def test_an_address_that_is_kept_stays_what_it_is(text: str) -> None:
    assert normalize_email(normalize_email(text)) == normalize_email(text)
