"""Who is asking: nobody known, a customer by e-mail address, or an administrator."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class ViewerKind(StrEnum):
    """What a caller may be."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The caller of one request.

    `subject` is the token's, empty for the anonymous; `email` is in lower case, and empty
    only for the anonymous and for administrators whose token has none. `valid_until` is when their token
    is not taken any more, in seconds of the wall clock; it says nothing of who they are.
    """

    kind: ViewerKind
    subject: str = ""
    email: str = ""
    valid_until: float | None = field(default=None, compare=False)

    @property
    def is_admin(self) -> bool:
        """Return whether everything may be seen and done."""
        return self.kind is ViewerKind.ADMIN

    @property
    def is_known(self) -> bool:
        """Return whether a valid token was shown."""
        return self.kind is not ViewerKind.ANONYMOUS


ANONYMOUS: Final = Viewer(kind=ViewerKind.ANONYMOUS)
