"""Operations: what an operator does beside billing, on its way into the log."""

from ciclo.actions.dependencies import Deps, generate_id
from ciclo.store.access.operations import Operation, log_operation
from ciclo.viewer import Actor


def new_operation(
    deps: Deps, by: Actor, action: str, target: str, *, before: object = None, after: object = None
) -> Operation:
    """Return the operation to log in the transaction of what it changes.

    Args:
        deps: For the wall clock.
        by: Who does it.
        action: The API's name of the mutation, whoever asks for the act: a command's acts bear it too.
        target: The id of what it is about.
        before: What was there, a value of the domain or a mapping; None if it is new.
        after: What is there now; None if it is gone.
    """
    at = deps.wall()
    return Operation(
        id=generate_id("op", at),
        at=at,
        actor=by,
        action=action,
        target=target,
        before=before,
        after=after,
    )


async def log_reading(deps: Deps, by: Actor, action: str, target: str, *, what: object) -> None:
    """Log that somebody read many people's data; *what* says which."""
    await log_operation(deps.store, new_operation(deps, by, action, target, after=what))
