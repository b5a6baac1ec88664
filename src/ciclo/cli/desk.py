"""`ciclo listen` and `ciclo trigger`: webhooks for who writes a receiver at their desk."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import DataDir
from ciclo.domain.webhooks.message import MessageType
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder


def listen(
    *,
    forward_to: Annotated[
        str | None,
        typer.Option(help="Post them there, such as http://localhost:3000/hooks.", show_default="show only"),
    ] = None,
    types: Annotated[
        str | None, typer.Option(help="Such as invoice.paid,payment.failed.", show_default="all")
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Show what webhook endpoints are told as it happens, and post it to a program on this desk, signed."""
    from ciclo.actions.webhooks.secrets import generate_secret
    from ciclo.simulation.listen import ListenOptions
    from ciclo.simulation.listen import listen as hear

    url, token = _api(data_dir)
    secret = generate_secret()
    options = ListenOptions(
        url=url,
        token=token,
        forward_to=forward_to,
        types=[_type(name) for name in (types or "").split(",") if name],
        secret=secret,
    )
    if forward_to is not None:
        typer.echo(f"secret {secret}")
    try:
        asyncio.run(hear(options, show=typer.echo, now=lambda: datetime.now(UTC)))
    except KeyboardInterrupt:
        raise typer.Exit from None


def trigger(
    *,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Such as payment.succeeded.")],
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Make something happen in the sandbox that webhook endpoints are told of."""
    from ciclo.simulation.api import Api, ApiFailed
    from ciclo.simulation.trigger import ACTS
    from ciclo.simulation.trigger import trigger as make

    chosen = _type(type_)
    if chosen not in ACTS:
        raise LocalStackError(f"{type_} can't be brought about at will", remedy=", ".join(ACTS))
    url, token = _api(data_dir)

    async def act() -> str:
        async with Api(url, token=token) as api:
            return await make(api, chosen)

    try:
        typer.echo(f"{type_}  {asyncio.run(act())}")
    except ApiFailed as error:
        raise LocalStackError(str(error), remedy="ciclo up") from None


def _type(name: str) -> MessageType:
    try:
        return MessageType(name.strip())
    except ValueError:
        raise LocalStackError(f"there is no type {name}", remedy=", ".join(MessageType)) from None


def _api(data_dir: DataDir) -> tuple[str, str]:
    """Return the address of the stack that runs here, and an operator's token.

    Raises:
        LocalStackError: there is none.
    """
    from ciclo.localstack.environment import read_settings

    values = read_settings(StackFolder(data_dir), os.environ)
    if not values.get("CICLO_URL") or not values.get("CICLO_ADMIN_TOKEN"):
        raise LocalStackError("no stack is known here", remedy="ciclo up, or CICLO_URL and CICLO_ADMIN_TOKEN")
    return values["CICLO_URL"], values["CICLO_ADMIN_TOKEN"]
