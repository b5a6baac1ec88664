"""The shops of docs/clients.md: clients made from the schema, run against a real Ciclo with its webhooks."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from ciclo.cli.schema_file import schema_text
from portal.npm import node_and_npm
from tests.deliveries.asking import an_endpoint
from tests.journeys.asking import a_plan
from tests.stack import Stack, running_stack, settings_for

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
SECONDS_MAX: Final = 300
CREATE_KEY: Final = """
mutation {
  createApiKey(input: { name: "shop", scopes: [SUBSCRIPTIONS_WRITE, BILLING_READ, ENTITLEMENTS_READ] }) {
    secret userErrors { code message }
  }
}"""


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, webhook_audience_ms=0
    )
    async with running_stack(settings, delivery_workers=1) as running:
        yield running


async def run(*command: str, folder: Path, **environment: str) -> str:
    """Run a command in a folder; return what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS_MAX):
        said, errors = await process.communicate()
    assert process.returncode == 0, said.decode() + errors.decode()
    return said.decode()


def copy_of(name: str, tmp_path: Path) -> Path:
    """Return a copy of an example, with the schema that this Ciclo publishes."""
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "schema.graphql").write_text(schema_text(), encoding="utf-8")
    return folder


async def surroundings(stack: Stack) -> dict[str, str]:
    """Return what a shop is told: where Ciclo is, its key, a plan, and where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _, secret = await an_endpoint(stack, f"http://127.0.0.1:{port}/hooks", types=["SUBSCRIPTION_ACTIVATED"])
    created = (await stack.data(CREATE_KEY))["createApiKey"]
    assert created["userErrors"] == []
    return {
        "CICLO_URL": stack.url,
        "CICLO_KEY": created["secret"],
        "PLAN_ID": await a_plan(stack, limits=[{"name": "alunos", "value": 30}]),
        "EMAIL": "ana@example.com",
        "WEBHOOK_SECRET": secret,
        "PORT": str(port),
    }


def require_sold(said: str) -> None:
    told: Mapping[str, Any] = json.loads(said.splitlines()[-1])
    assert told["status"] == "ACTIVE"
    assert told["activated"].startswith("sub_")
    assert told["entitlement"] == {"allowed": True, "limit": 30, "used": 0, "remaining": 30}


async def test_the_shop_in_python_sells_by_a_client_made_from_the_schema(
    stack: Stack, tmp_path: Path
) -> None:
    folder = copy_of("shop-python", tmp_path)
    # In a place of its own: the generator wants an older graphql-core than Ciclo has.
    tools = tmp_path / "tools"
    requirements = str(folder / "requirements.txt")
    await run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tools)),
        *("--requirement", requirements),
        folder=folder,
    )
    generator = (sys.executable, "-m", "ariadne_codegen")
    await run(*generator, folder=folder, PYTHONPATH=str(tools))

    shop = (sys.executable, "shop.py")
    require_sold(await run(*shop, folder=folder, PYTHONPATH=str(tools), **await surroundings(stack)))


async def test_the_shop_in_typescript_sells_by_documents_that_the_schema_types(
    stack: Stack, tmp_path: Path
) -> None:
    folder = copy_of("shop-typescript", tmp_path)
    node, npm = node_and_npm()
    path = os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
    await run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder, PATH=path)
    await run(*npm, "run", "build", folder=folder, PATH=path)

    require_sold(await run(node, "dist/shop.js", folder=folder, **await surroundings(stack)))
