"""E-mail addresses: one grammar for what operators enter, what customers type and what tokens bear."""

import unicodedata
from typing import Final

import email_validator
from email_validator import EmailNotValidError, validate_email

from ciclo.domain.errors.general import InvalidValue

EMAIL_CHARS_MAX: Final = 254
"""The longest address that SMTP takes (RFC 5321, 4.5.3.1.3)."""

# Only the form is judged: a seller's inner network (.local) and rehearsals (.test) have customers too.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _passes_for_ascii(char: str) -> bool:
    """Return whether Unicode takes *char* for an ASCII one in disguise, as it does the Kelvin sign for a K.

    Lower case makes a k of it: who is given such an address would have that of somebody else.
    """
    return not char.isascii() and unicodedata.normalize("NFKC", char).isascii()


def normalize_email(text: str) -> str:
    """Return an e-mail address as it is compared and kept: trimmed, in lower case, its letters spelt one way.

    Only the form is checked; nobody is asked whether the domain exists.

    Raises:
        InvalidValue: it is no address by RFC 5322 or RFC 6531 that mail could be sent to.
    """
    address = text.strip().lower()
    if len(address) <= EMAIL_CHARS_MAX and not any(map(_passes_for_ascii, text)):
        try:
            found = validate_email(address, strict=True, check_deliverability=False)
        except EmailNotValidError:
            pass  # refused below, in our own words: the library's quote the address
        else:
            return found.normalized
    raise InvalidValue("not an e-mail address", field=("customer_email",))
