"""Boletos: the bar code's 44 digits and the 47 digits that people type, written, read and checked.

Source: FEBRABAN, layout padrão de arrecadação/boleto bancário; the factor of the due date
began again at 1000 on 22 February 2025.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

AMOUNT_CENTS_MAX: Final = 9_999_999_999
UNASSIGNED_BANK: Final = "999"
"""No bank has this number: a boleto that carries it can be paid nowhere."""

_REAIS: Final = "9"
_FACTOR_EPOCH: Final = date(1997, 10, 7)
_FACTOR_MIN: Final = 1000
_FACTORS: Final = 9000
"""Factors run from 1000 to 9999 and then begin again."""
_NO_DUE_DATE: Final = "0000"
_BANK_SHAPE: Final = re.compile(r"[0-9]{3}")
_FREE_SHAPE: Final = re.compile(r"[0-9]{25}")
_BARCODE_SHAPE: Final = re.compile(r"[0-9]{44}")
_LINE_SHAPE: Final = re.compile(r"[0-9]{47}")
_PUNCTUATION: Final = re.compile(r"[. ]")


class MalformedBoleto(ValueError):
    """Digits are no boleto: too few, too many, or their check digits are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a boleto's digits say. `amount` is in cents; `free` is the bank's own field of 25 digits."""

    bank: str
    amount: int
    due_on: date | None
    free: str


def encode_barcode(ticket: Ticket) -> str:
    """Return the 44 digits of the bar code.

    Raises:
        MalformedBoleto: a part does not fit its field.
    """
    if _BANK_SHAPE.fullmatch(ticket.bank) is None or _FREE_SHAPE.fullmatch(ticket.free) is None:
        raise MalformedBoleto("a bank has 3 digits, its free field 25")
    if not 0 <= ticket.amount <= AMOUNT_CENTS_MAX:
        raise MalformedBoleto("the amount does not fit ten digits")
    head = f"{ticket.bank}{_REAIS}"
    tail = f"{_factor(ticket.due_on)}{ticket.amount:010d}{ticket.free}"
    return f"{head}{_check_11(head + tail)}{tail}"


def encode_line(code: str) -> str:
    """Return the digitable line of a 44-digit bar code, with its dots and spaces."""
    head, free = code[:4], code[19:]
    fields = (head + free[:5], free[5:15], free[15:])
    dotted = (f"{field[:5]}.{field[5:]}{_check_10(field)}" for field in fields)
    return f"{' '.join(dotted)} {code[4]} {code[5:19]}"


def barcode_of(digits: str) -> str:
    """Return the 44 digits behind a digitable line, with or without its dots and spaces.

    Raises:
        MalformedBoleto: it has not 47 digits, or a check digit is wrong.
    """
    plain = _PUNCTUATION.sub("", digits)
    if _LINE_SHAPE.fullmatch(plain) is None:
        raise MalformedBoleto("a digitable line has 47 digits")
    fields = (plain[:10], plain[10:21], plain[21:32])
    if any(_check_10(field[:-1]) != field[-1] for field in fields):
        raise MalformedBoleto("a field's check digit is wrong")
    free = plain[4:9] + plain[10:20] + plain[21:31]
    return _checked(plain[:4] + plain[32:] + free)


def parse_boleto(digits: str, *, near: date) -> Ticket:
    """Read a bar code or a digitable line.

    The factor of the due date repeats every 9000 days; of the dates that it may mean the
    one closest to *near* is taken.

    Raises:
        MalformedBoleto: it is neither, or a check digit is wrong.
    """
    plain = _PUNCTUATION.sub("", digits)
    code = _checked(plain) if _BARCODE_SHAPE.fullmatch(plain) else barcode_of(plain)
    return Ticket(bank=code[:3], amount=int(code[9:19]), due_on=_due_on(code[5:9], near=near), free=code[19:])


def _checked(code: str) -> str:
    if _check_11(code[:4] + code[5:]) != code[4]:
        raise MalformedBoleto("the general check digit is wrong")
    return code


def _factor(due_on: date | None) -> str:
    if due_on is None:
        return _NO_DUE_DATE
    days = (due_on - _FACTOR_EPOCH).days
    if days < _FACTOR_MIN:
        raise MalformedBoleto("due dates begin on 3 July 2000")
    return str(_FACTOR_MIN + (days - _FACTOR_MIN) % _FACTORS)


def _due_on(factor: str, *, near: date) -> date | None:
    days = int(factor)
    if days < _FACTOR_MIN:
        return None
    rounds = round(((near - _FACTOR_EPOCH).days - days) / _FACTORS)
    return _FACTOR_EPOCH + timedelta(days=days + max(rounds, 0) * _FACTORS)


def _check_10(digits: str) -> str:
    """Return the check digit of a field: weights 2 and 1 from the right, digit sums, modulus 10."""
    products = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits)))
    total = sum(product // 10 + product % 10 for product in products)
    return str(-total % 10)


def _check_11(digits: str) -> str:
    """Return the general check digit: weights 2 to 9 from the right, modulus 11, 1 where it has no digit."""
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits)))
    check = 11 - total % 11
    return str(check) if check <= 9 else "1"  # noqa: PLR2004 - ten and eleven are no digits
