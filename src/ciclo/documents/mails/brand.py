"""What a seller's mails look like: the one place where the seller's name, colour and address come in."""

from dataclasses import dataclass
from typing import Final

ACCENT: Final = "#0b5d4e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The seller as mails show them. `support` is an address to write to; `logo_url` has to be absolute."""

    name: str
    address: str = ""
    accent: str = ACCENT
    logo_url: str | None = None
    support: str | None = None
