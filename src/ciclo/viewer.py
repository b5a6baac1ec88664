"""Who is asking: nobody known, a customer by e-mail address, or an administrator."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class ViewerKind(StrEnum):
    """What a caller may be."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    ADMIN = "admin"


class Via(StrEnum):
    """How somebody showed who they are: a token, an API key, or the command line of this machine."""

    TOKEN = "TOKEN"  # noqa: S105 - a way in, not a secret
    KEY = "KEY"
    CLI = "CLI"


KEY_PREFIX: Final = "key_"
CLI_PREFIX: Final = "cli:"
"""Names that begin so are an API key's and a command's: no token may bear one."""


def via_of(name: str) -> Via:
    """Return the way in of who is recorded under *name*."""
    if name.startswith(KEY_PREFIX):
        return Via.KEY
    return Via.CLI if name.startswith(CLI_PREFIX) else Via.TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, as the operations log names them.

    `address` is the IP address that the request came from, `request_id` the id in its answer and in the
    log's lines; both are empty for commands.
    """

    name: str
    address: str = ""
    request_id: str = ""

    @property
    def via(self) -> Via:
        """Return how they showed who they are."""
        return via_of(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The caller of one request.

    `subject` is the token's, empty for the anonymous; `email` is in lower case, and empty
    only for the anonymous and for administrators whose token has none. `address` is where the request came
    from. `valid_until` is when their token is not taken any more, in seconds of the wall clock; these two
    say nothing of who they are.
    """

    kind: ViewerKind
    subject: str = ""
    email: str = ""
    address: str = field(default="", compare=False)
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
