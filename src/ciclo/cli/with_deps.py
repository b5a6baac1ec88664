"""Work of a command on a stack's databases: connect, do it, and tell what went wrong in a few words."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

from ciclo.localstack.fault import Fault
from ciclo.localstack.folder import DataFolder


def run_connected(
    work: Callable[[Any], Coroutine[Any, Any, None]], *, data_dir: DataFolder, read_only: bool = False
) -> None:
    """Do *work* with open connections, given as `ciclo.actions.deps.Deps`; *read_only* writes nothing.

    Raises:
        Fault: *work* was refused, a provider is set up wrongly, or MongoDB failed.
    """
    from ciclo.actions.deps import open_deps
    from ciclo.cli.serve import settings_from
    from ciclo.domain.errors import BillingError
    from ciclo.gateways.protocol import Misconfigured
    from ciclo.localstack.environment import known
    from ciclo.logs import configure
    from ciclo.store.failures import is_passing

    async def connected() -> None:
        settings = settings_from(known(data_dir, os.environ))
        async with open_deps(settings, read_only=read_only) as deps:
            await work(deps)

    configure(level="ERROR")
    try:
        asyncio.run(connected())
    except BillingError as error:
        raise Fault(str(error)) from None
    except Misconfigured as error:
        raise Fault(str(error), remedy="see docs/settings.md") from None
    except Exception as error:
        # An error of the output, such as a pipe that was closed, is not MongoDB's.
        if isinstance(error, OSError) or not is_passing(error):
            raise
        raise Fault(f"MongoDB failed: {error}", remedy="ciclo up") from None
