"""Refusals in answers: expected ones beside the result of a mutation, all others as errors with a code."""

from collections.abc import Awaitable
from typing import Final, Protocol, TypeVar

import strawberry

from ciclo.domain.errors import BillingError
from graphql_schema.enums import UserErrorCode


@strawberry.type(description="Why a mutation was refused, and which part of its input is at fault.")
class UserError:
    """One refusal."""

    code: UserErrorCode
    message: str = strawberry.field(description="For developers, in English.")
    field: list[str] | None = strawberry.field(
        default=None, description='The path within the input, such as ["price", "amount"].'
    )


class _Payload(Protocol):
    def __init__(self, *, user_errors: list[UserError]) -> None: ...


Payload = TypeVar("Payload", bound=_Payload)

USER_ERRORS: Final = "Why nothing was done; empty if it was."


async def refusable(payload: type[Payload], work: Awaitable[Payload]) -> Payload:
    """Return what *work* comes to; a refusal becomes the payload's only user error."""
    try:
        return await work
    except BillingError as error:
        return payload(user_errors=[user_error(error)])


def user_error(error: BillingError) -> UserError:
    """Return a refusal as the API shows it, its path in the API's names."""
    path = [_camel(part) for part in error.field]
    return UserError(code=error.code, message=str(error), field=path or None)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
