"""Raw cards: what can be told wrong about one without asking anybody (ISO/IEC 7812-1)."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import replace
from datetime import date
from typing import Final

from ciclo.domain.card_number import passes_luhn
from ciclo.domain.errors.payments import CardInvalid
from ciclo.gateways.protocol import CardDetails

UNKNOWN_BRAND: Final = "unknown"
YEARS_AHEAD_MAX: Final = 50
HOLDER_CHARS_MAX: Final = 100
MONTHS: Final = 12

_SEPARATORS: Final = re.compile(r"[ -]")
_NUMBER: Final = re.compile(r"[0-9]{12,19}")
_CODE: Final = re.compile(r"[0-9]{3}")
_AMEX_CODE: Final = re.compile(r"[0-9]{3,4}")
_FIELD: Final = ("payment_method", "card")

# Brand, lengths, and the first six digits from and to. The first row that matches decides: Elo and
# Hipercard lie within other brands' ranges.
_ELO: Final = """
    401178-401179 431274-431274 438935-438935 451416-451416 457393-457393 457631-457632 504175-504175
    506699-506778 509000-509999 627780-627780 636297-636297 636368-636368 650031-650033 650035-650051
    650405-650439 650485-650538 650541-650598 650700-650718 650720-650727 650901-650978 651652-651679
    655000-655019 655021-655058
"""
_BRANDS: Final = tuple(
    (brand, frozenset(lengths), tuple(range_of.split("-") for range_of in ranges.split()))
    for brand, lengths, ranges in (
        ("elo", (16,), _ELO),
        ("hipercard", (16, 19), "606282-606282 384100-384199"),
        ("amex", (15,), "340000-349999 370000-379999"),
        ("diners", (14, 16, 17, 18, 19), "300000-305999 309500-309599 360000-369999 380000-399999"),
        ("jcb", (16, 17, 18, 19), "352800-358999"),
        ("visa", (13, 16, 19), "400000-499999"),
        ("mastercard", (16,), "510000-559999 222100-272099"),
        ("discover", (16, 17, 18, 19), "601100-601199 644000-659999"),
        ("unionpay", (16, 17, 18, 19), "620000-629999"),
    )
)
_ANY_BRAND: Final = (UNKNOWN_BRAND, frozenset(range(12, 20)))


def validate_card(card: CardDetails, *, on: date) -> CardDetails:
    """Return *card* with plain digits and a trimmed name, if it can be right on the local date *on*.

    Raises:
        CardInvalid: a part of it can't be; `field` is the path of that part, and neither
            the message nor the path repeats what was given.
    """
    # The digits never become a variable of their own: a traceback may show those.
    plain = replace(
        card,
        number=_SEPARATORS.sub("", card.number),
        holder_name=" ".join(unicodedata.normalize("NFC", card.holder_name).split()),
    )
    if not _is_card_number(plain.number):
        raise _invalid("number", "the card number is not valid")
    if not _is_name(plain.holder_name):
        raise _invalid("holder_name", "the name on the card is not valid")
    _check_expiry(plain, on=on)
    code = _AMEX_CODE if brand_of(plain.number) == "amex" else _CODE
    if code.fullmatch(plain.cvv) is None:
        raise _invalid("cvv", "the security code is not valid")
    return plain


def brand_of(number: str) -> str:
    """Return the brand by the number's first digits, in lower case; "unknown" for any other."""
    return _brand_and_lengths(number)[0]


def last_four(number: str) -> str:
    """Return the digits that name a card to its holder."""
    return number[-4:]


def end_of_month(year: int, month: int) -> date:
    """Return the last day on which a card is good that bears this month (ISO/IEC 7813)."""
    return date(year, month, monthrange(year, month)[1])


def _is_card_number(number: str) -> bool:
    if _NUMBER.fullmatch(number) is None or not passes_luhn(number):
        return False
    _, lengths = _brand_and_lengths(number)
    return len(number) in lengths


def _brand_and_lengths(number: str) -> tuple[str, frozenset[int]]:
    for brand, lengths, ranges in _BRANDS:
        if any(first <= number[:6] <= last for first, last in ranges):
            return brand, lengths
    return _ANY_BRAND


def _is_name(text: str) -> bool:
    """Refuse digits above all: a card number in the wrong field would be stored and shown."""
    letters = all(character.isalpha() or character in " .,'-" for character in text)
    return letters and 1 < len(text) <= HOLDER_CHARS_MAX


def _check_expiry(card: CardDetails, *, on: date) -> None:
    if not 1 <= card.expiration_month <= MONTHS:
        raise _invalid("expiration_month", "the month of expiry is from 1 to 12")
    if not on.year <= card.expiration_year <= on.year + YEARS_AHEAD_MAX:
        raise _invalid("expiration_year", "the year of expiry is past, too far ahead, or not of four digits")
    if (card.expiration_year, card.expiration_month) < (on.year, on.month):
        raise _invalid("expiration_month", "the card has expired")


def _invalid(part: str, message: str) -> CardInvalid:
    return CardInvalid(message, field=(*_FIELD, part))
