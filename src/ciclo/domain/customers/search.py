"""Search: the words by which a customer is found, folded so that accents and capitals do not matter."""

import re
import unicodedata
from typing import Final

from ciclo.domain.customer import Customer

KEYS_MAX: Final = 24
"""Words of one customer: each is an entry of an index."""
KEY_CHARS_MAX: Final = 64
PREFIXES_MAX: Final = 6
"""Words of one search; what follows them narrows it no more."""
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return *text* without accents and capitals: "São João" and "SAO JOAO" are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def name_key(customer: Customer) -> str:
    """Return what a customer is sorted by: the name, or the address of one without."""
    return fold(customer.name or customer.email)


def search_keys(customer: Customer) -> list[str]:
    """Return the words by which *customer* is found: of the name, the address and the external id.

    The address is one of them as a whole, and the parts of what stands before its @.
    """
    if customer.anonymized_at is not None or customer.merged_into is not None:
        return []
    local = customer.email.rpartition("@")[0]
    found = [fold(customer.email)]
    for text in (customer.name, local, customer.external_id):
        found += _fold_parts(text or "")
    return [key[:KEY_CHARS_MAX] for key in dict.fromkeys(found)][:KEYS_MAX]


def search_prefixes(text: str) -> list[str]:
    """Return the beginnings of words that a search asks for, all of which a customer has to have."""
    words: list[str] = []
    for part in text.split():
        # With an @ it is the beginning of an address as a whole.
        words += [fold(part)] if "@" in part else _fold_parts(part)
    return [word[:KEY_CHARS_MAX] for word in dict.fromkeys(words)][:PREFIXES_MAX]


def _fold_parts(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(fold(text)) if word]
