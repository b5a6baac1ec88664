"""The commands that a deployment runs: `ciclo api` and `ciclo worker`."""

from typing import Annotated

import typer

from ciclo.localstack.choices import WorkerName


def api(
    *,
    host: Annotated[str, typer.Option(envvar="CICLO_HOST", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65_535, help="The port.")] = 8000,
    descriptor: Annotated[
        int | None, typer.Option("--fd", help="A listening socket that is open already, by its number.")
    ] = None,
    gated: Annotated[bool, typer.Option("--gated", hidden=True)] = False,
) -> None:
    """Serve the API. The settings are CICLO_ variables."""
    from ciclo.cli.serve import serve_api

    serve_api(host=host, port=port, descriptor=descriptor, gated=gated)


def worker(
    *,
    name: Annotated[WorkerName, typer.Argument(help="Which one.")],
    consumer: Annotated[
        str | None, typer.Option(help="Its name in the consumer group.", show_default="a new one")
    ] = None,
) -> None:
    """Run one worker. The settings are CICLO_ variables; any number may run."""
    from ciclo.cli.serve import CONSUMERS, serve_worker

    if consumer is not None and name.value not in CONSUMERS:
        raise typer.BadParameter(f"{name.value} reads no consumer group", param_hint="--consumer")
    serve_worker(name=name.value, consumer=consumer)
