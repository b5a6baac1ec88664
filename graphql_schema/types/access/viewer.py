"""The viewer: who asks, and what they may."""

from typing import Self

import strawberry

from ciclo.viewer import Viewer as DomainViewer
from graphql_schema.types.enums import OperatorRole, Permission, ViewerKind


@strawberry.type(description="Who asks.")
class Viewer:
    """The caller of this request."""

    kind: ViewerKind
    subject: str = strawberry.field(description="The token's subject, or the API key's id.")
    email: str | None
    user_type: str | None = strawberry.field(
        description="What the token says a customer to be, such as ALUNO: a plan is for some, or for all."
    )
    roles: list[OperatorRole] = strawberry.field(description="An operator's; a service has none.")
    permissions: list[Permission] = strawberry.field(
        description="What an operator or a service may; a customer needs none for what is theirs."
    )

    @classmethod
    def of(cls, viewer: DomainViewer) -> Self:
        """Return *viewer* as the API shows them."""
        return cls(
            kind=viewer.kind,
            subject=viewer.subject,
            email=viewer.email or None,
            user_type=viewer.user_type,
            roles=list(viewer.roles),
            permissions=[permission for permission in Permission if viewer.may(permission)],
        )
