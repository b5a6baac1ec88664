"""Refusals: how a mutation answers what the rules do not allow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import AsyncExtensionResolver
from strawberry.permission import BasePermission

from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import CardAuthenticationRequired, CardDeclined
from graphql_schema.context import Info
from graphql_schema.execution.wording import api_message, api_name
from graphql_schema.types.enums import UserErrorCode


@strawberry.type(description="Why a mutation was refused, and which part of its input is at fault.")
class UserError:
    """One refusal."""

    code: UserErrorCode
    message: str = strawberry.field(description="For developers, in English.")
    field: list[str] | None = strawberry.field(
        default=None, description='The path within the input, such as ["price", "amount"].'
    )
    invoice_id: strawberry.ID | None = strawberry.field(
        default=None, description="The invoice that has to be paid first."
    )
    retry_at: datetime | None = strawberry.field(
        default=None, description="When the same may be asked for again."
    )
    client_secret: str | None = strawberry.field(
        default=None,
        description="By which the payment provider's script lets the payer's bank ask. For the payer alone.",
    )
    decline_code: str | None = strawberry.field(
        default=None, description="Why a card was declined, in the provider's word."
    )


USER_ERRORS: Final = "Why nothing was done; empty if it was."


class AnswerRefusals(FieldExtension):
    """Makes a refusal by the rules the only user error of what the mutation returns."""

    async def resolve_async(
        self, next_: AsyncExtensionResolver, source: object, info: Info, **arguments: object
    ) -> object:
        """Run the resolver; its return type is a payload with `user_errors`."""
        try:
            answer = await next_(source, info, **arguments)
        except BillingError as error:
            payload: Callable[..., object] = cast("Any", info.return_type)
            return payload(user_errors=[user_error(error)])
        info.context.has_changed = True
        return answer


def mutation(permission: type[BasePermission], *, description: str) -> Any:  # noqa: ANN401 - as untyped as Strawberry's
    """Declare a mutation for those whom *permission* lets in; a BillingError that it raises is its answer."""
    return strawberry.mutation(
        permission_classes=[permission], extensions=[AnswerRefusals()], description=description
    )


def user_error(error: BillingError) -> UserError:
    """Return a refusal as the API shows it, in the API's names."""
    path = [api_name(part) for part in error.field]
    return UserError(
        code=error.code,
        message=api_message(str(error)),
        field=path or None,
        invoice_id=strawberry.ID(error.invoice_id) if error.invoice_id else None,
        retry_at=error.retry_at,
        decline_code=error.reason if isinstance(error, CardDeclined) else None,
        client_secret=error.client_secret if isinstance(error, CardAuthenticationRequired) else None,
    )
