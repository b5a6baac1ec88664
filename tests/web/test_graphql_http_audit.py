"""The GraphQL-over-HTTP audits of the `graphql-http` npm package, run against a real server."""

import asyncio
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from ciclo.settings.settings import Settings
from portal.npm import node_and_npm
from tests.web.app import make_app
from tests.web.serving import serving

PACKAGES: Final = ("graphql-http@1.23.1", "graphql@16.15.0")
AUDIT: Final = """
import { auditServer } from "graphql-http";
const results = await auditServer({ url: process.argv[1] });
const plain = ({ id, name, status, reason }) => ({ id, name, status, reason });
console.log(JSON.stringify(results.map(plain)));
"""


@pytest.fixture(scope="module")
async def auditor(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder where the package is installed: kept between runs, in pytest's cache."""
    assert pytestconfig.cache is not None
    kept = Path(pytestconfig.cache.mkdir("graphql-http")) / "-".join(PACKAGES)
    if not kept.is_dir():
        fresh = tmp_path_factory.mktemp("auditor")
        _, npm = node_and_npm()
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
        await run(*npm, "install", *options, *PACKAGES, folder=fresh)
        shutil.copytree(fresh, kept, dirs_exist_ok=True)
    return kept


async def run(*command: str, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(120):
            out, error = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, error.decode()
    return out.decode()


# What GET may do is a MAY: where it is off, the audits that try it are notices.
@pytest.mark.parametrize(("queries_by_get", "counts"), [(True, {"ok": 61}), (False, {"ok": 58, "notice": 3})])
async def test_the_server_passes_every_audit(
    settings: Settings, auditor: Path, *, queries_by_get: bool, counts: dict[str, int]
) -> None:
    node, _ = node_and_npm()
    app = make_app(settings.model_copy(update={"queries_by_get": queries_by_get}))
    async with serving(app) as url:
        said = await run(node, "--input-type=module", "--eval", AUDIT, f"{url}/graphql", folder=auditor)

    results = json.loads(said)
    assert [result for result in results if result["status"] not in counts] == []
    assert Counter(result["status"] for result in results) == counts
