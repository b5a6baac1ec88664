"""Search: the words by which a customer is found, folded so that accents and capitals do not matter."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from ciclo.domain.customer import Customer

KEYS_MAX: Final = 24
"""Words of one customer: each is an entry of an index."""
KEY_CHARS_MAX: Final = 64
PREFIXES_MAX: Final = 6
"""Words of one search; what follows them narrows it no more."""
STEM_CHARS: Final = 3
"""The beginning of a word that pairs are made of; who types less of a word is not found by its pairs."""
PAIRED_MAX: Final = 8
"""Words of one customer that each make a pair with each other; those that follow are paired with any."""
ASKED_TOGETHER_MAX: Final = 3
"""Words of one search whose pairs are asked for: the longest, which tell most."""
LAST_FOUR_CHARS: Final = 4
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


def search_pairs(customer: Customer) -> list[str]:
    """Return the pairs of words that *customer* has, so that an index answers for two words at once."""
    words = _told_apart(search_keys(customer))
    pairs = [_pair(one, other) for one, other in combinations(words[:PAIRED_MAX], 2)]
    return list(dict.fromkeys([*pairs, *(_pair_with_any(word) for word in words[PAIRED_MAX:])]))


def pairs_of_search(prefixes: Sequence[str]) -> list[list[str]]:
    """Return what of pairs whoever has words that begin so has to have: of each list one."""
    told = sorted(_told_apart(word for word in prefixes if len(word) >= STEM_CHARS), key=len)
    return [
        [_pair(one, other), *dict.fromkeys((_pair_with_any(one), _pair_with_any(other)))]
        for one, other in combinations(told[-ASKED_TOGETHER_MAX:], 2)
    ]


def _told_apart(words: Iterable[str]) -> list[str]:
    """Return what of *words* makes pairs.

    One with which another begins is left out: a customer's one word answers both. So is one whose stem has a
    digit or, an address as a whole, an @: hardly anybody shares it, and ids have many.
    """
    told = [word for word in words if "@" not in word and not re.search(r"\d", word[:STEM_CHARS])]
    return [word for word in told if not any(other != word and other.startswith(word) for other in told)]


def card_ending(prefixes: Sequence[str]) -> str | None:
    """Return the word of a search that may be the last four digits of a card, if there is one."""
    return next((word for word in prefixes if len(word) == LAST_FOUR_CHARS and _is_number(word)), None)


def search_prefixes(text: str) -> list[str]:
    """Return the beginnings of words that a search asks for, all of which a customer has to have."""
    words: list[str] = []
    for part in text.split():
        # With an @ it is the beginning of an address as a whole.
        words += [fold(part)] if "@" in part else _fold_parts(part)
    return [word[:KEY_CHARS_MAX] for word in dict.fromkeys(words)][:PREFIXES_MAX]


def _pair(one: str, other: str) -> str:
    return "+".join(sorted((one[:STEM_CHARS], other[:STEM_CHARS])))


def _pair_with_any(word: str) -> str:
    return f"{word[:STEM_CHARS]}+"


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _fold_parts(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(fold(text)) if word]
