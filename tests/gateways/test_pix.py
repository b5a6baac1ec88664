import binascii
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.gateways.codes.pix import (
    AMOUNT_CENTS_MAX,
    BrCode,
    MalformedPix,
    PixKey,
    PixLocation,
    encode_pix,
    parse_pix,
)
from ciclo.gateways.codes.qr import qr_svg
from tests.gateways.reading import decoded

# The two examples of the Central Bank's manual, byte for byte.
STATIC = BrCode(
    account=PixKey(key="123e4567-e12b-12d1-a456-426655440000"),
    merchant_name="Fulano de Tal",
    merchant_city="BRASILIA",
)
STATIC_TEXT = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
DYNAMIC = replace(STATIC, account=PixLocation(url="pix.example.com/8b3da2f39a4140d1a91abd93113bd441"))
DYNAMIC_TEXT = (
    "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"
)
CHARGE = replace(STATIC, amount=2990, txid="pay01h455vb4pex5vsknk084s")


@pytest.mark.parametrize(("code", "text"), [(STATIC, STATIC_TEXT), (DYNAMIC, DYNAMIC_TEXT)])
def test_the_manuals_examples_are_written_and_read(code: BrCode, text: str) -> None:
    assert encode_pix(code) == text
    assert parse_pix(text) == code


def test_a_charge_carries_its_amount_and_its_transaction() -> None:
    assert "540529.90" in encode_pix(CHARGE)
    assert parse_pix(encode_pix(CHARGE)) == CHARGE


@pytest.mark.parametrize(
    ("cents", "field"),
    [(1, "54040.01"), (10, "54040.10"), (100, "54041.00"), (AMOUNT_CENTS_MAX, "54139999999999.99")],
)
def test_amounts_are_written_with_two_decimals(cents: int, field: str) -> None:
    assert field in encode_pix(replace(STATIC, amount=cents))


def test_names_lose_their_accents_and_what_does_not_fit() -> None:
    named = replace(
        STATIC, merchant_name="Padaria São João & Irmãos Ltda.", merchant_city="São José dos Campos"
    )

    read = parse_pix(encode_pix(named))

    assert (read.merchant_name, read.merchant_city) == ("Padaria Sao Joao & Irmaos", "Sao Jose dos Ca")


@pytest.mark.parametrize(
    "code",
    [
        replace(STATIC, amount=0),
        replace(STATIC, amount=AMOUNT_CENTS_MAX + 1),
        replace(STATIC, txid="with space"),
        replace(STATIC, txid="x" * 26),
        replace(STATIC, txid=""),
        replace(STATIC, account=PixKey(key="k" * 90)),
        replace(STATIC, account=PixKey(key="chave@exemplo", note="n" * 80)),
        replace(STATIC, account=PixLocation(url="pix.example.com/ação")),
        replace(STATIC, merchant_name="日本"),
    ],
)
def test_what_does_not_fit_a_code_is_refused(code: BrCode) -> None:
    with pytest.raises(MalformedPix):
        encode_pix(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6304",
        "hello",
        STATIC_TEXT[:-1] + "E",
        STATIC_TEXT.lower(),
        STATIC_TEXT.replace("BRASILIA", "BRASÍLIA"),
        STATIC_TEXT + "\n",
        "0" * 600 + "63041D3D",
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedPix):
        parse_pix(text)


CLOSED = [
    "000201",  # nothing but its version
    "0002015303986",
    "000202" + STATIC_TEXT[6:-8],
    STATIC_TEXT[:-8].replace("5303986", "5303840"),
    STATIC_TEXT[:-8].replace("5802BR", "5802US"),
    STATIC_TEXT[:-8].replace("br.gov.bcb.pix", "br.gov.bcb.ted"),
    STATIC_TEXT[:-8].replace("0136123e", "0236123e"),
    STATIC_TEXT[:-8].replace("5913Fulano de Tal", ""),
    STATIC_TEXT[:-8].replace("5802BR", "5802BR5802BR"),
    STATIC_TEXT[:-8].replace("5802BR", "5405-1.005802BR"),
    STATIC_TEXT[:-8].replace("5802BR", "54051e2.05802BR"),
    STATIC_TEXT[:-8].replace("5802BR", "54051.2345802BR"),
    STATIC_TEXT[:-8].replace("62070503", "62090503"),
    STATIC_TEXT[:-8].replace("62070503", "6207050A"),
]


@pytest.mark.parametrize("body", CLOSED)
def test_a_right_crc_does_not_make_a_code(body: str) -> None:
    with pytest.raises(MalformedPix):
        parse_pix(_closed(body))


ascii_text = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=15)


@given(
    st.builds(
        BrCode,
        account=st.builds(PixKey, key=ascii_text, note=st.none() | ascii_text)
        | st.builds(PixLocation, url=ascii_text),
        merchant_name=ascii_text,
        merchant_city=ascii_text,
        amount=st.none() | st.integers(1, AMOUNT_CENTS_MAX),
        txid=st.none() | st.from_regex(r"[A-Za-z0-9]{1,25}", fullmatch=True),
    )
)
def test_every_code_reads_back_as_it_was_written(code: BrCode) -> None:
    assert parse_pix(encode_pix(code)) == code


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(MalformedPix):
        parse_pix(text)


@pytest.mark.parametrize("code", [STATIC, DYNAMIC, CHARGE])
def test_a_drawn_code_is_read_by_a_scanner(code: BrCode) -> None:
    assert decoded(qr_svg(encode_pix(code)), width_px=400) == [("QR Code", encode_pix(code))]


def test_even_a_short_text_is_no_micro_code() -> None:
    assert decoded(qr_svg("1"), width_px=200) == [("QR Code", "1")]


def _closed(body: str) -> str:
    """Return *body* with the CRC that makes it pass for a code."""
    text = body + "6304"
    return f"{text}{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"
