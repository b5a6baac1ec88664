"""PIX BR Codes: the text behind a PIX QR code, "copia e cola", written and read.

A sequence of two-digit tags, two-digit lengths and values (EMV QRCPS, Merchant-Presented
Mode), closed by a CRC. Source: Banco Central do Brasil, Manual do BR Code and Manual de
Padrões para Iniciação do Pix.
"""

import binascii
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

NAME_CHARS_MAX: Final = 25
CITY_CHARS_MAX: Final = 15
TXID_CHARS_MAX: Final = 25
ACCOUNT_CHARS_MAX: Final = 99
CODE_CHARS_MAX: Final = 512
AMOUNT_CENTS_MAX: Final = 999_999_999_999
"""The amount's field has thirteen characters, its point and cents among them: 9999999999.99."""

# Tags of the code, then those of the blocks inside it: the payee's account and the additional data.
_FORMAT, _INITIATION, _ACCOUNT, _CATEGORY, _CURRENCY, _AMOUNT = 0, 1, 26, 52, 53, 54
_COUNTRY, _NAME, _CITY, _ADDITIONAL = 58, 59, 60, 62
_GUI, _KEY, _NOTE, _URL = 0, 1, 2, 25
_TXID = 5

_PIX: Final = "br.gov.bcb.pix"
_ONCE: Final = "12"
_UNCATEGORIZED: Final = "0000"
_BRL: Final = "986"
_BRAZIL: Final = "BR"
_VERSION: Final = "01"
_NO_TXID: Final = "***"
_TXID_SHAPE: Final = re.compile(r"[A-Za-z0-9]{1,25}")
_AMOUNT_SHAPE: Final = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
_FIELD_HEAD: Final = re.compile(r"[0-9]{4}")
_CODE: Final = re.compile(r"(.*)6304([0-9A-F]{4})", re.DOTALL)


class MalformedPix(ValueError):
    """A text is no PIX code, or one that Ciclo does not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PixKey:
    """A static code's payee: a key of the PIX directory, and a note for the payer."""

    key: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PixLocation:
    """A dynamic code's payee: where the payer's bank fetches the charge, an address without its scheme."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrCode:
    """What a PIX code says. `amount` is in cents, None where the payer or the location decides."""

    account: PixKey | PixLocation
    merchant_name: str
    merchant_city: str
    amount: int | None = None
    txid: str | None = None


def encode_pix(code: BrCode) -> str:
    """Return *code* as the text that a QR code carries.

    Names lose their accents and what is beyond their field's length, as banks' apps expect.

    Raises:
        MalformedPix: the amount, the txid or the account does not fit its field.
    """
    if code.amount is not None and not 0 < code.amount <= AMOUNT_CENTS_MAX:
        raise MalformedPix("the amount does not fit a PIX code")
    if code.txid is not None and _TXID_SHAPE.fullmatch(code.txid) is None:
        raise MalformedPix("a txid has 1 to 25 letters and digits")
    body = "".join(
        (
            _field(_FORMAT, _VERSION),
            _field(_INITIATION, _ONCE) if isinstance(code.account, PixLocation) else "",
            _field(_ACCOUNT, _account(code.account)),
            _field(_CATEGORY, _UNCATEGORIZED),
            _field(_CURRENCY, _BRL),
            "" if code.amount is None else _field(_AMOUNT, str(Decimal(code.amount).scaleb(-2))),
            _field(_COUNTRY, _BRAZIL),
            _field(_NAME, _plain(code.merchant_name, NAME_CHARS_MAX)),
            _field(_CITY, _plain(code.merchant_city, CITY_CHARS_MAX)),
            _field(_ADDITIONAL, _field(_TXID, code.txid or _NO_TXID)),
            "6304",
        )
    )
    return body + _crc(body)


def parse_pix(text: str) -> BrCode:
    """Read a PIX code back.

    Raises:
        MalformedPix: the CRC is wrong, a length does not fit, or it is no PIX code in reais.
    """
    shape = _CODE.fullmatch(text)
    if shape is None or len(text) > CODE_CHARS_MAX or not text.isascii():
        raise MalformedPix("it does not end in a CRC")
    if _crc(text[:-4]) != shape[2]:
        raise MalformedPix("the CRC is wrong")
    fields = _fields(shape[1])
    if (fields.get(_FORMAT), fields.get(_CURRENCY), fields.get(_COUNTRY)) != (_VERSION, _BRL, _BRAZIL):
        raise MalformedPix("it is no Brazilian code in reais")
    txid = _fields(fields.get(_ADDITIONAL, "")).get(_TXID, _NO_TXID)
    return BrCode(
        account=_read_account(_fields(fields.get(_ACCOUNT, ""))),
        merchant_name=_required(fields, _NAME),
        merchant_city=_required(fields, _CITY),
        amount=_read_amount(fields[_AMOUNT]) if _AMOUNT in fields else None,
        txid=None if txid == _NO_TXID else txid,
    )


def _account(account: PixKey | PixLocation) -> str:
    if isinstance(account, PixLocation):
        payee = _field(_URL, account.url)
    else:
        payee = _field(_KEY, account.key) + (_field(_NOTE, account.note) if account.note else "")
    block = _field(_GUI, _PIX) + payee
    if len(block) > ACCOUNT_CHARS_MAX or not block.isascii():
        raise MalformedPix("the key and its note, or the address, are too long or not ASCII")
    return block


def _read_account(fields: dict[int, str]) -> PixKey | PixLocation:
    if fields.get(_GUI, "").lower() != _PIX:
        raise MalformedPix("it is no PIX code")
    if _URL in fields:
        return PixLocation(url=fields[_URL])
    return PixKey(key=_required(fields, _KEY), note=fields.get(_NOTE))


def _read_amount(text: str) -> int:
    if _AMOUNT_SHAPE.fullmatch(text) is None:
        raise MalformedPix("the amount is no number of reais")
    return int(Decimal(text).scaleb(2))


def _required(fields: dict[int, str], tag: int) -> str:
    try:
        return fields[tag]
    except KeyError:
        raise MalformedPix(f"field {tag:02d} is missing") from None


def _field(tag: int, value: str) -> str:
    return f"{tag:02d}{len(value):02d}{value}"


def _fields(text: str) -> dict[int, str]:
    """Split *text* into its fields; each takes at least four characters, so the loop ends."""
    found: dict[int, str] = {}
    place = 0
    while place < len(text):
        head, start = text[place : place + 4], place + 4
        if _FIELD_HEAD.fullmatch(head) is None or start + int(head[2:]) > len(text):
            raise MalformedPix("a field's length is wrong")
        place = start + int(head[2:])
        if int(head[:2]) in found:
            raise MalformedPix("a field comes twice")
        found[int(head[:2])] = text[start:place]
    return found


def _plain(text: str, chars_max: int) -> str:
    """Return *text* without accents and whatever else is not ASCII, cut to its field."""
    decomposed = unicodedata.normalize("NFKD", text)
    printable = "".join(character for character in decomposed if " " <= character <= "~")
    plain = " ".join(printable.split())[:chars_max].strip()
    if not plain:
        raise MalformedPix("a code names its merchant and their city")
    return plain


def _crc(text: str) -> str:
    """Return the CRC-16/CCITT-FALSE that closes a code."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"
