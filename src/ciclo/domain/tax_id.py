"""Brazilian tax ids: CPF of a person, CNPJ of a firm, with their check digits.

A CNPJ may hold letters since July 2026: each character counts as its ASCII code less 48 (Receita
Federal, IN RFB 2.229/2024), which leaves the digits' own values as they were.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from ciclo.domain.errors.general import InvalidValue

_CPF: Final = re.compile(r"[0-9]{11}", re.ASCII)
_CNPJ: Final = re.compile(r"[0-9A-Z]{12}[0-9]{2}", re.ASCII)
_PUNCTUATION: Final = re.compile(r"[\s./-]")
_CPF_WEIGHTS: Final = (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)
_CNPJ_WEIGHTS: Final = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_MODULUS: Final = 11
_CPF_CHARS: Final = 11


class TaxIdKind(StrEnum):
    """Whose tax id it is: a person's or a firm's."""

    CPF = "CPF"
    CNPJ = "CNPJ"


def tax_id_kind(tax_id: str) -> TaxIdKind:
    """Return what a normalized tax id is."""
    return TaxIdKind.CPF if len(tax_id) == _CPF_CHARS else TaxIdKind.CNPJ


def mask_tax_id(tax_id: str) -> str:
    """Return a normalized tax id without its first part and its check digits, as the state shows it."""
    if tax_id_kind(tax_id) is TaxIdKind.CPF:
        return f"***.{tax_id[3:6]}.{tax_id[6:9]}-**"
    return f"**.{tax_id[2:5]}.{tax_id[5:8]}/{tax_id[8:12]}-**"


def normalize_tax_id(text: str) -> str:
    """Return a CPF or CNPJ without punctuation.

    Raises:
        InvalidValue: it is neither, or its check digits are wrong; the text is not repeated.
    """
    plain = _PUNCTUATION.sub("", text).upper()
    is_cpf = _CPF.fullmatch(plain) is not None and len(set(plain)) > 1
    is_cnpj = _CNPJ.fullmatch(plain) is not None and len(set(plain)) > 1
    weights = _CPF_WEIGHTS if is_cpf else _CNPJ_WEIGHTS
    if not (is_cpf or is_cnpj) or plain[-2:] != _check_digits(plain[:-2], weights):
        raise InvalidValue("not a CPF or CNPJ", field=("payment_method", "tax_id"))
    return plain


def _check_digits(body: str, weights: Sequence[int]) -> str:
    first = _check_digit(body, weights[1:])
    return first + _check_digit(body + first, weights)


def _check_digit(body: str, weights: Sequence[int]) -> str:
    rest = sum((ord(char) - ord("0")) * weight for char, weight in zip(body, weights, strict=True)) % _MODULUS
    return str(0 if rest < 2 else _MODULUS - rest)  # noqa: PLR2004 - the rule's own
