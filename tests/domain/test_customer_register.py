"""What is written of customers, and the words by which they are found."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.customer import Address, Customer, is_email_broken
from ciclo.domain.customers.profile import (
    CustomerProfile,
    anonymize_customer,
    metadata_of,
    new_customer,
    normalize_profile,
    profile_of,
    revise_customer,
)
from ciclo.domain.customers.search import (
    KEYS_MAX,
    PAIRED_MAX,
    card_ending,
    name_key,
    pairs_of_search,
    search_keys,
    search_pairs,
    search_prefixes,
)
from ciclo.domain.errors.customers import CustomerAnonymized, CustomerChanged, CustomerMerged
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import TaxProfile
from ciclo.domain.tax_id import TaxIdKind, mask_tax_id, tax_id_kind
from ciclo.domain.webhooks.customer import customer_object

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAULISTA = Address(line1="Av. Paulista, 1", city="São Paulo", state="SP", postal_code="01310-100")
WRITTEN = CustomerProfile(
    email="ana.souza@example.com",
    name="Ana São João",
    phone="+5511912345678",
    tax_id="52998224725",
    address=PAULISTA,
    locale="pt-BR",
    external_id="User-7",
    metadata={"plan.seats": "3"},
)
ANA = new_customer(CustomerId("cus_1"), WRITTEN, at=AT, tax_profile=TaxProfile(country="BR"))


def test_a_profile_is_kept_in_one_form() -> None:
    typed = replace(
        WRITTEN,
        name=" Ana São João ",
        phone="(11) 91234-5678",
        tax_id="529.982.247-25",
        external_id=" User-7 ",
    )

    assert normalize_profile(typed) == WRITTEN
    assert profile_of(ANA) == WRITTEN
    assert (ANA.version, ANA.created_at, ANA.tax_profile) == (0, AT, TaxProfile(country="BR"))


def test_an_address_is_broken_until_there_is_another_one() -> None:
    bounced = replace(ANA, bounced_email=ANA.email)

    assert not is_email_broken(ANA)
    assert is_email_broken(bounced)
    assert not is_email_broken(replace(bounced, email="ana@example.org"))


def test_what_is_empty_is_taken_away() -> None:
    bare = CustomerProfile(email="a@example.com", name="", phone="", tax_id="", external_id="")

    assert normalize_profile(bare) == CustomerProfile(email="a@example.com")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "x" * 121}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"phone": "+0123456789"}, "phone"),
        ({"tax_id": "52998224724"}, "tax_id"),
        ({"external_id": "a\nb"}, "external_id"),
        ({"metadata": {f"k{number}": "" for number in range(21)}}, "metadata"),
        ({"metadata": {"a b": ""}}, "metadata"),
        ({"metadata": {"a": "x" * 501}}, "metadata"),
        ({"metadata": {"a": "4242424242424242"}}, "metadata"),
    ],
)
def test_what_is_outside_its_bounds_is_refused(changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize_profile(replace(WRITTEN, **changed))

    assert refused.value.field == (field,)


def test_metadata_have_each_key_once() -> None:
    assert metadata_of([("a", "1"), ("b", "2")]) == {"a": "1", "b": "2"}
    with pytest.raises(InvalidValue):
        metadata_of([("a", "1"), ("a", "2")])


def test_a_change_counts_and_nothing_is_no_change() -> None:
    after = revise_customer(ANA, replace(WRITTEN, name="Bia"), version=0)

    assert after == replace(ANA, name="Bia", version=1)
    assert revise_customer(ANA, WRITTEN, version=None) is ANA
    with pytest.raises(CustomerChanged):
        revise_customer(after, WRITTEN, version=0)


def test_nothing_is_written_of_who_is_there_no_more() -> None:
    with pytest.raises(CustomerAnonymized):
        revise_customer(replace(ANA, anonymized_at=AT), WRITTEN, version=None)
    with pytest.raises(CustomerMerged):
        revise_customer(replace(ANA, merged_into=CustomerId("cus_2")), WRITTEN, version=None)


def test_the_words_of_a_customer_are_folded_and_bounded() -> None:
    assert search_keys(ANA) == [
        *("ana.souza@example.com", "ana", "sao", "joao", "souza", "user", "7"),
    ]
    assert len(search_keys(replace(ANA, name=" ".join(f"n{number}" for number in range(40))))) == KEYS_MAX
    assert search_keys(replace(ANA, anonymized_at=AT)) == []
    assert name_key(ANA) == "ana sao joao"
    assert name_key(replace(ANA, name=None)) == "ana.souza@example.com"


def test_the_pairs_of_a_customers_words_are_of_what_many_share_and_bounded() -> None:
    assert set(search_pairs(ANA)) == {
        *("ana+sao", "ana+joa", "ana+sou", "joa+sao", "sao+sou", "joa+sou"),
        *("ana+use", "sao+use", "joa+use", "sou+use"),
    }
    long = replace(ANA, name=" ".join(f"{chr(97 + at) * 4}" for at in range(20)))
    assert len(search_pairs(long)) <= PAIRED_MAX * (PAIRED_MAX - 1) / 2 + KEYS_MAX
    assert search_pairs(replace(ANA, merged_into=CustomerId("cus_2"))) == []


WORDS: Final = ("ana", "anabela", "anas", "de", "maria", "mario", "marina", "b2b", "souza9")


@given(name=st.lists(st.sampled_from(WORDS), max_size=12), asked=st.sets(st.sampled_from(WORDS), max_size=4))
def test_whoever_has_all_the_words_of_a_search_has_what_it_asks_of_pairs(
    name: list[str], asked: set[str]
) -> None:
    filler = [f"{chr(98 + at)}{chr(99 + at)}xy" for at in range(PAIRED_MAX - 2)]
    somebody = replace(ANA, name=" ".join([*filler, *name]))
    prefixes = search_prefixes(" ".join(asked))

    has_all = all(any(key.startswith(word) for key in search_keys(somebody)) for word in prefixes)

    pairs = set(search_pairs(somebody))
    assert not has_all or all(pairs & set(one_of) for one_of in pairs_of_search(prefixes))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("maria silva", [["mar+sil", "mar+", "sil+"]]),
        ("silva mar de maria", [["mar+sil", "mar+", "sil+"]]),
        ("ana s", []),
        ("ana user-7 7aa ana@x", [["ana+use", "ana+", "use+"]]),
        ("maria marcos", [["mar+mar", "mar+"]]),
    ],
)
def test_a_search_asks_for_pairs_of_words_that_are_long_enough(text: str, pairs: list[list[str]]) -> None:
    assert [[first, *sorted(rest)] for first, *rest in pairs_of_search(search_prefixes(text))] == pairs


def test_four_digits_may_be_the_end_of_a_card() -> None:
    assert [card_ending(search_prefixes(text)) for text in ("•••• 4242", "ana 4242 1", "42424")] == [
        *("4242", "4242", None),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  JOÃO  ana ", ["joao", "ana"]),
        ("Ana.Souza@Exa", ["ana.souza@exa"]),
        ("user-7", ["user", "7"]),
        ("... !", []),
        ("a a a", ["a"]),
    ],
)
def test_a_search_asks_for_beginnings_of_words(text: str, words: list[str]) -> None:
    assert search_prefixes(text) == words


def test_a_tax_id_is_masked_as_the_state_shows_it() -> None:
    assert mask_tax_id("52998224725") == "***.982.247-**"
    assert mask_tax_id("11222333000181") == "**.222.333/0001-**"
    assert tax_id_kind("52998224725") is TaxIdKind.CPF
    assert tax_id_kind("11222333000181") is TaxIdKind.CNPJ


def test_messages_tell_of_a_customer_without_the_tax_id() -> None:
    gone: Customer = replace(ANA, anonymized_at=AT, address=None)

    assert customer_object(ANA) == {
        "id": "cus_1",
        "externalId": "User-7",
        "email": "ana.souza@example.com",
        "name": "Ana São João",
        "phone": "+5511912345678",
        "address": {
            "line1": "Av. Paulista, 1",
            "line2": None,
            "city": "São Paulo",
            "state": "SP",
            "postalCode": "01310-100",
            "country": "BR",
        },
        "locale": "pt-BR",
        "metadata": {"plan.seats": "3"},
        "mergedInto": None,
        "anonymizedAt": None,
        "createdAt": "2026-01-01T12:00:00.000Z",
    }
    assert customer_object(gone)["anonymizedAt"] == "2026-01-01T12:00:00.000Z"


def test_of_an_anonymized_customer_nothing_is_known_but_that_they_were() -> None:
    gone = anonymize_customer(replace(ANA, credit={"BRL": 5}, provider_references={"stripe": "cus_x"}), at=AT)

    assert profile_of(gone) == CustomerProfile(email="cus_1@anonymized.invalid")
    assert (gone.anonymized_at, gone.version, gone.credit, gone.provider_references) == (
        AT,
        1,
        {"BRL": 5},
        {},
    )
    with pytest.raises(CustomerAnonymized):
        anonymize_customer(gone, at=AT)
