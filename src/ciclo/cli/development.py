"""The commands for who changes Ciclo: the committed schema, and the pages' files."""

import subprocess
import sys
from typing import Annotated

import typer

from ciclo.localstack.errors import LocalStackError


def schema(
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare with the committed file.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the committed file.")] = False,
    openapi: Annotated[
        bool, typer.Option("--openapi", help="Print the OpenAPI document of what lies beside GraphQL.")
    ] = False,
) -> None:
    """Print the GraphQL schema, or check or write graphql_schema/schema.graphql."""
    from ciclo.web.openapi import openapi_text

    if openapi:
        typer.echo(openapi_text(), nl=False)
        return
    from ciclo.cli.schema_file import diff_text, schema_path, schema_text

    text, file = schema_text(), schema_path()
    if write:
        file.write_text(text, encoding="utf-8")
    elif check:
        found = diff_text(file.read_text(encoding="utf-8") if file.exists() else "", text)
        if found:
            typer.echo(found, nl=False)
            raise LocalStackError(f"{file.name} is not what the code says", remedy="ciclo schema --write")
    else:
        typer.echo(text, nl=False)


def assets() -> None:
    """Fetch and build the web pages' files: GraphiQL, fonts, portal."""
    from ciclo.cli.doctor import CLONE

    if not (CLONE / "portal").is_dir():
        raise LocalStackError(
            "the pages' sources are in a clone only: an installed Ciclo has been built with its pages",
            remedy="install it again where npm's registry is in reach",
        )
    # A program of its own: what builds the pages is no part of what runs.
    done = subprocess.run((sys.executable, "-m", "portal.build"), cwd=CLONE, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
