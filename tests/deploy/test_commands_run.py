"""Each command and each health check of the deploy files is run, as real processes of a stack."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ciclo.localstack.ports import LOOPBACK, free_port
from ciclo.localstack.programs import find_mongod, find_valkey
from ciclo.localstack.stack import ciclo
from ciclo.streams.connection import check_server, open_streams
from tests.chaos.processes import ROOT, environment
from tests.deploy.manifests import DEPLOY, PLATFORMS, documents, kubernetes, started
from tests.stack import settings_for, until

CONNECTED = b"streams_checked"
"""What every worker logs once it has both servers, and listens to SIGTERM."""

START_S_MAX = 300.0


def probes() -> list[dict[str, Any]]:
    """Return what Kubernetes and Cloud Run ask the API."""
    [deployment] = [one for one in kubernetes("api") if one["kind"] == "Deployment"]
    [service] = documents(DEPLOY / "cloud-run" / "service.yaml")
    containers = [one["spec"]["template"]["spec"]["containers"][0] for one in (deployment, service)]
    names = ("startupProbe", "livenessProbe", "readinessProbe")
    return [container[name]["httpGet"] for container in containers for name in names if name in container]


def health_command() -> list[str]:
    """Return the image's own check, which ECS runs, too."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r'HEALTHCHECK .*\\\n +CMD (\["python".*\])', dockerfile)
    assert found is not None
    command: list[str] = json.loads(found[1])
    task = json.loads((DEPLOY / "ecs" / "api.json").read_text(encoding="utf-8"))["containerDefinitions"][0]
    assert task["healthCheck"]["command"] == ["CMD", *command]
    return command


@asynccontextmanager
async def process(
    *arguments: str, env: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as out:
        running = await asyncio.create_subprocess_exec(*ciclo(*arguments), env=env, stdout=out, stderr=out)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


@pytest.fixture
def env(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> dict[str, str]:
    """The image's environment, with the names under which Kubernetes' probes come."""
    settings = settings_for(
        mongo_url,
        redis_url,
        database=f"{database_name}_deployed",
        prefix=f"{stream_prefix}-deployed",
        allowed_hosts=("billing.example.com",),
    )
    image = {"PYTHONUNBUFFERED": "1", "PORT": str(free_port(0)), "CICLO_HOST": LOOPBACK}
    return {**environment(settings), **image}


async def test_every_role_starts_answers_its_checks_and_ends_when_asked(
    env: dict[str, str], tmp_path: Path
) -> None:
    commands = {one.arguments for platform in PLATFORMS for one in started(platform)}
    workers = sorted(command for command in commands if command[0] == "worker")
    assert commands == {("api",), ("migrate",), *workers}

    async def runs(command: tuple[str, ...]) -> None:
        log = tmp_path / "-".join(command)

        async def is_up() -> bool:
            assert running.returncode is None, log.read_text(encoding="utf-8")
            return CONNECTED in log.read_bytes() and (command != ("api",) or await answers(env))

        async with process(*command, env=env, log=log) as running:
            if command != ("migrate",):
                await until(is_up, seconds=START_S_MAX)
                if command == ("api",):
                    await check_api(env)
                running.send_signal(signal.SIGTERM)
            # uvicorn ends by the signal that it was sent, once all is answered.
            wanted = -signal.SIGTERM if command == ("api",) else 0
            assert await running.wait() == wanted, log.read_text(encoding="utf-8")

    await asyncio.gather(*map(runs, sorted(commands)))


async def answers(env: dict[str, str]) -> bool:
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{env['PORT']}") as http:
        try:
            return (await http.get("/healthz", headers={"host": "billing.example.com"})).status_code == 200
        except httpx.TransportError:
            return False


async def check_api(env: dict[str, str]) -> None:
    """Ask the API as each platform does."""
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{env['PORT']}") as http:
        for probe in probes():
            headers = {one["name"].lower(): one["value"] for one in probe.get("httpHeaders", ())}
            # Cloud Run takes every name: its settings say so.
            answer = await http.get(probe["path"], headers={"host": "billing.example.com", **headers})
            assert answer.status_code == 200, probe
    _, *arguments = health_command()
    checking = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=env)
    assert await checking.wait() == 0


def compose_command(name: str) -> list[str]:
    [compose] = documents(ROOT / "compose.yaml")
    command: list[str] = compose["services"][name]["command"]
    return command


async def test_composes_mongod_and_redis_take_their_options(tmp_path: Path) -> None:
    mongod, *options = compose_command("mongo")
    read = await asyncio.create_subprocess_exec(
        str(find_mongod().path), *options, "--outputConfig", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await read.communicate()
    assert (mongod, read.returncode) == ("mongod", 0)
    assert b"replSet: rs0" in said

    redis, *options = compose_command("redis")
    assert redis == "redis-server"
    socket = tmp_path / "redis.sock"
    here = ("--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path))
    server = await asyncio.create_subprocess_exec(
        str(find_valkey().path), *options, *here, stdout=asyncio.subprocess.DEVNULL
    )
    streams = open_streams(f"unix://{socket}", prefix="deployed")
    try:

        async def is_there() -> bool:
            return socket.exists()

        await until(is_there)
        report = await check_server(streams)
        assert (report.problem, report.appendonly, report.appendfsync) == (None, True, "everysec")
    finally:
        await streams.aclose()
        server.terminate()
        await server.wait()
