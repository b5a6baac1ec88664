"""Work of a command on a stack's databases: connect, do it, and tell what went wrong in a few words."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder


def run_with_deps(
    work: Callable[[Any], Coroutine[Any, Any, None]], *, data_dir: StackFolder, read_only: bool = False
) -> None:
    """Do *work* with open connections (`ciclo.actions.dependencies.Deps`); *read_only* writes nothing.

    Raises:
        Fault: *work* was refused, a provider is set up wrongly, or MongoDB failed.
    """
    from ciclo.actions.dependencies import open_deps
    from ciclo.cli.serve import settings_from
    from ciclo.domain.errors.general import BillingError
    from ciclo.gateways.protocol import Misconfigured
    from ciclo.localstack.environment import read_settings
    from ciclo.logs import configure
    from ciclo.store.mongo.transient_errors import is_transient

    async def connected() -> None:
        settings = settings_from(read_settings(data_dir, os.environ))
        async with open_deps(settings, read_only=read_only) as deps:
            await work(deps)

    configure(level="ERROR")
    try:
        asyncio.run(connected())
    except BillingError as error:
        raise LocalStackError(str(error)) from None
    except Misconfigured as error:
        raise LocalStackError(str(error), remedy="see docs/settings.md") from None
    except Exception as error:
        # An error of the output, such as a pipe that was closed, is not MongoDB's.
        if isinstance(error, OSError) or not is_transient(error):
            raise
        raise LocalStackError(f"MongoDB failed: {error}", remedy="ciclo up") from None
