"""Who is asking: nobody known, a customer by e-mail address, an administrator, or a service by its key."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ciclo.permissions import OPEN_TO_ALL, OperatorRole, Permission, permission_for, permissions_of


class ViewerKind(StrEnum):
    """What a caller may be."""

    ANONYMOUS = "anonymous"
    CUSTOMER = "customer"
    ADMIN = "admin"
    SERVICE = "service"


class Via(StrEnum):
    """How somebody showed who they are: a token, an API key, the command line of this machine, or not at all.

    Who has a link to an invoice may pay it: nobody knows who that is.
    """

    TOKEN = "TOKEN"  # noqa: S105 - a way in, not a secret
    KEY = "KEY"
    CLI = "CLI"
    LINK = "LINK"


KEY_PREFIX: Final = "key_"
CLI_PREFIX: Final = "cli:"
LINK_PREFIX: Final = "link:"
"""Names that begin so are an API key's, a command's and a link's: no token may bear one."""


def via_of(name: str) -> Via:
    """Return the way in of who is recorded under *name*."""
    if name.startswith(KEY_PREFIX):
        return Via.KEY
    if name.startswith(LINK_PREFIX):
        return Via.LINK
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
    from. `valid_until` is when their token or session is not taken any more, in seconds of the wall clock;
    these two say nothing of who they are. `permissions` are an operator's, by their `roles` or their key's
    scopes.
    """

    kind: ViewerKind
    subject: str = ""
    email: str = ""
    user_type: str | None = None
    """A customer's, as their token says it; None: it does not say."""
    roles: tuple[OperatorRole, ...] = ()
    permissions: frozenset[Permission] = frozenset()
    customer_id: str | None = None
    """A customer's, where their session names their record; else they are found by `email`."""
    session: str = field(default="", compare=False)
    """The digest of the session that a browser showed; empty: none did."""
    address: str = field(default="", compare=False)
    valid_until: float | None = field(default=None, compare=False)

    @property
    def is_admin(self) -> bool:
        """Return whether an operator asks, a person or a service: they see everybody's things."""
        return self.kind in {ViewerKind.ADMIN, ViewerKind.SERVICE}

    def may(self, permission: Permission) -> bool:
        """Return whether an operator has *permission*."""
        return permission in self.permissions

    def may_open(self, name: str) -> bool:
        """Return whether an operator may ask for a root field of the API, or for a route."""
        needed = permission_for(name)
        if needed is None:
            return name in OPEN_TO_ALL or OperatorRole.OWNER in self.roles
        return self.may(needed)

    @property
    def has_link(self) -> bool:
        """Return whether they act for a customer by a link alone: they may be anybody."""
        return via_of(self.subject) is Via.LINK

    @property
    def is_known(self) -> bool:
        """Return whether a valid token was shown."""
        return self.kind is not ViewerKind.ANONYMOUS


def operator_of(
    subject: str, *roles: OperatorRole, email: str = "", valid_until: float | None = None
) -> Viewer:
    """Return the viewer who has *roles*."""
    return Viewer(
        kind=ViewerKind.ADMIN,
        subject=subject,
        email=email,
        roles=roles,
        permissions=permissions_of(roles),
        valid_until=valid_until,
    )


ANONYMOUS: Final = Viewer(kind=ViewerKind.ANONYMOUS)
