"""The page of the briefs' requests and the collection, run against a real Ciclo with its checks."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ciclo.settings.settings import Settings
from portal.npm import node_and_npm
from tests.stack import WEBHOOK_SECRET, Stack, running_stack, settings_for, token

HERE: Final = Path(__file__).parent
DOCS: Final = HERE.parents[1] / "docs"
COLLECTION: Final = DOCS / "ciclo.postman_collection.json"
PAGE: Final = (DOCS / "requests.md").read_text(encoding="utf-8")
INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
SECONDS_MAX: Final = 300


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings: Settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with running_stack(settings) as running:
        yield running


def requests_in(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield from requests_in(item.get("item", []))
        if "request" in item:
            yield item


REQUESTS: Final = {one["name"]: one for one in requests_in(json.loads(COLLECTION.read_text())["item"])}


async def run(*command: str) -> tuple[int, str]:
    """Run a command in this folder; return how it ended and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=HERE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(SECONDS_MAX):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def newman() -> list[str]:
    """Return how to run newman, as the lock has it."""
    node, npm = node_and_npm()
    program = HERE / "node_modules" / "newman" / "bin" / "newman.js"
    installed, locked = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        code, said = await run(*npm, *INSTALL)
        assert code == 0, said
    return [node, str(program)]


async def test_the_collection_works_as_shipped(stack: Stack, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    values = {
        "url": stack.url,
        "admin_token": token(),
        "customer_token": token(role="customer", email="ana@example.com"),
        "webhook_secret": WEBHOOK_SECRET,
    }
    given = [word for name, value in values.items() for word in ("--env-var", f"{name}={value}")]

    code, said = await run(
        *await newman(),
        *("run", str(COLLECTION), "--delay-request", "50", "--timeout-request", "30000"),
        *("--reporters", "cli,json", "--reporter-json-export", str(report)),
        *given,
    )

    assert code == 0, said
    executions = json.loads(report.read_text())["run"]["executions"]
    # Every request was made, and checked something; what is waited for says nothing until it is there.
    checked = {one["item"]["name"] for one in executions if one.get("assertions")}
    assert checked == set(REQUESTS)


def test_the_page_has_the_collections_own_operations() -> None:
    shown = dict(re.findall(r"^## (.+?)\n\n```(?:graphql|http)\n(.*?)\n```", PAGE, re.MULTILINE | re.DOTALL))
    asked = {}
    for name in shown:
        request = REQUESTS[name]["request"]
        body = request.get("body", {})
        url = request["url"].removeprefix("{{url}}")
        plain = f"{request['method']} {url}" + (f"\n\n{body['raw']}" if body.get("raw") else "")
        asked[name] = body["graphql"]["query"] if body.get("mode") == "graphql" else plain

    assert shown == asked


def test_the_table_leads_to_every_operation_of_the_page() -> None:
    linked = re.findall(r"\| \[(.+?)\]\(#(.+?)\) \|", PAGE)
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)

    assert {name for name, _ in linked} == set(headings)
    assert [anchor for name, anchor in linked] == [
        name.lower().replace("'", "").replace(" ", "-") for name, _ in linked
    ]
