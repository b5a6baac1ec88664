"""Ids: TypeIDs that sort by time, and the same id for the same facts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import MalformedId
from ciclo.domain.ids import derived_id, new_id, parse_id

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
INSTANTS = st.integers(0, 10**13).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


def test_an_id_is_written_as_the_typeid_specification_says() -> None:
    # UUID 01890a5d-ac96-774b-bcce-b302099a8057, the specification's own example
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=0x01890A5DAC96)
    noise = (0x74B << 62) | (0xBCCEB302099A8057 & ((1 << 62) - 1))

    assert new_id("prefix", at=at, entropy=noise.to_bytes(10)) == "prefix_01h455vb4pex5vsknk084sn02q"


def test_the_same_facts_have_the_same_id() -> None:
    assert derived_id("inv", at=AT, facts="sub_1|2026-01-01") == derived_id(
        "inv", at=AT, facts="sub_1|2026-01-01"
    )


@pytest.mark.parametrize(
    "other",
    [
        derived_id("pay", at=AT, facts="a"),
        derived_id("inv", at=AT, facts="b"),
        derived_id("inv", at=AT + timedelta(milliseconds=1), facts="a"),
    ],
)
def test_other_facts_have_another_id(other: str) -> None:
    assert derived_id("inv", at=AT, facts="a").removeprefix("inv_") != other[4:]


def test_the_same_instant_in_another_zone_is_the_same_instant() -> None:
    there = AT.astimezone(timezone(timedelta(hours=-3)))

    assert derived_id("inv", at=there, facts="a") == derived_id("inv", at=AT, facts="a")


@given(INSTANTS, INSTANTS, st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_ids_sort_by_their_instants(one: datetime, other: datetime, noise: bytes, more: bytes) -> None:
    first, second = sorted((one, other))
    if second - first >= timedelta(milliseconds=1):
        assert new_id("evt", at=first, entropy=noise) < new_id("evt", at=second, entropy=more)


@given(INSTANTS, st.binary(min_size=10, max_size=10))
def test_every_id_is_well_formed(at: datetime, noise: bytes) -> None:
    text = new_id("sub", at=at, entropy=noise)

    assert parse_id("sub", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sub_",
        "01h455vb4pex5vsknk084sn02q",
        "inv_01h455vb4pex5vsknk084sn02q",
        "sub_01h455vb4pex5vsknk084sn02",
        "sub_01h455vb4pex5vsknk084sn02qq",
        "sub_81h455vb4pex5vsknk084sn02q",
        "sub_01H455VB4PEX5VSKNK084SN02Q",
        "sub_01h455vb4pex5vsknk084sn0il",
        "sub_01h455vb4pex5vsknk084sn02q\n",
        " sub_01h455vb4pex5vsknk084sn02q",
        "sub_\u06601h455vb4pex5vsknk084sn02q",
    ],
)
def test_a_text_that_is_no_id_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(MalformedId) as refused:
        parse_id("sub", text)

    assert refused.value.code is ErrorCode.MALFORMED_ID
    assert str(refused.value) == "expected an id that starts with sub_"
