"""The whole of `ciclo up`, run as a user runs it; only its API and workers are stand-ins."""

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import pytest

from ciclo.localstack.folder import StackFolder
from ciclo.localstack.status import read_status
from tests.cli.running import a_stack, all_gone
from tests.cli.waiting import eventually
from tests.servers import Servers


@pytest.fixture
def shared(servers: Servers) -> Mapping[str, str]:
    """An environment that names the servers of this test run, so that none are started."""
    return {"CICLO_MONGO_URL": servers.mongo_url, "CICLO_REDIS_URL": servers.redis_url}


def answer_of(url: str) -> str:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().read().decode().strip()
    finally:
        connection.close()


def test_a_first_and_a_second_start_with_servers_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with a_stack(folder, environment={}) as first:
        before = first.ready().env()
        pids = first.pids()
        assert "Migrations" not in first.said()
        first.handle.send_signal(signal.SIGINT)
        assert first.handle.wait(30) == 0
        assert first.said().endswith(f"Stopping ...\nStopped. The data stays in {folder}.\n")
        assert all_gone(pids)

    with a_stack(folder, environment=before) as second:
        after = second.ready().env()
        pids |= second.pids()
        assert "Migrations" in second.said()
        second.handle.kill()
        eventually(lambda: all_gone(pids))

    assert sorted(pids) == ["api", "mongod", "valkey", "worker-1"]
    assert {name for name in before if before[name] == after[name]} >= {
        "CICLO_JWT_SECRET",
        "CICLO_MONGO_URL",
        "CICLO_REDIS_URL",
        "CICLO_WEBHOOK_SECRET",
    }


def test_the_banner_ends_with_the_line_that_scripts_wait_for(
    tmp_path: Path, shared: Mapping[str, str]
) -> None:
    with a_stack(tmp_path / "data", environment=shared) as stack:
        env = stack.ready().env()
        said = stack.said()

    assert said.splitlines()[-1] == f"ready {env['CICLO_URL']}"
    assert f"{env['CICLO_URL']}/admin" in said
    assert env["CICLO_ADMIN_TOKEN"] not in said


def test_the_env_file_holds_addresses_and_tokens_for_its_owner_only(
    tmp_path: Path, shared: Mapping[str, str]
) -> None:
    with a_stack(tmp_path / "data", environment=shared) as stack:
        env = stack.ready().env()
        served = answer_of(env["CICLO_URL"])
        api_pid = stack.pids()["api"]

    def claims(token: str) -> tuple[str, str]:
        found = jwt.decode(
            token, env["CICLO_JWT_SECRET"], algorithms=["HS256"], audience="ciclo", issuer="ciclo"
        )
        return found["email"], found["role"]

    assert list(env)[:6] == [
        "CICLO_URL",
        "CICLO_ADMIN_TOKEN",
        "CICLO_CUSTOMER_TOKEN",
        "CICLO_WEBHOOK_SECRET",
        "CICLO_MONGO_URL",
        "CICLO_REDIS_URL",
    ]
    assert served == str(api_pid)
    assert claims(env["CICLO_ADMIN_TOKEN"]) == ("admin@example.com", "admin")
    assert claims(env["CICLO_CUSTOMER_TOKEN"]) == ("ana@example.com", "customer")
    assert env["CICLO_MONGO_URL"] == shared["CICLO_MONGO_URL"]
    assert (tmp_path / "data" / "env").stat().st_mode & 0o777 == 0o600


def test_a_second_stack_on_the_same_folder_is_refused(tmp_path: Path, shared: Mapping[str, str]) -> None:
    folder = tmp_path / "data"
    with (
        a_stack(folder, environment=shared) as first,
        a_stack(first.ready().folder, environment=shared) as second,
    ):
        assert second.handle.wait(20) == 1
        assert second.said().startswith(
            f"a stack is already running in {folder} (pid {first.handle.pid})\nciclo status"
        )
        assert not all_gone(first.pids())


def test_nothing_survives_when_the_stack_is_killed_and_the_next_start_works(
    tmp_path: Path, shared: Mapping[str, str]
) -> None:
    folder = tmp_path / "data"
    with a_stack(folder, "--workers", "2", environment=shared) as killed:
        pids = killed.ready().pids()

        killed.handle.kill()

        eventually(lambda: all_gone(pids))
    with a_stack(folder, environment=shared) as again:
        again.ready()
        assert sorted(again.pids()) == ["api", "worker-1"]
    assert sorted(pids) == ["api", "worker-1", "worker-2"]


def test_a_killed_api_comes_back_on_its_port_and_callers_only_wait(
    tmp_path: Path, shared: Mapping[str, str]
) -> None:
    with a_stack(tmp_path / "data", environment=shared) as stack:
        url = stack.ready().env()["CICLO_URL"]
        first = stack.pids()["api"]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: stack.pids()["api"] != first)

        served = eventually(lambda: answer_of(url))

        assert served == str(stack.pids()["api"])
        assert f"api was ended by signal {signal.SIGKILL.value}: restart in 0.5 s" in stack.said()
        assert read_status(StackFolder(stack.folder)).ready


def test_an_end_is_heard_while_the_stack_is_starting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # A MongoDB that accepts and never answers keeps nothing waiting here; the missing Redis is our own.
        environment = {"CICLO_MONGO_URL": f"mongodb://127.0.0.1:{silent.getsockname()[1]}"}
        with a_stack(tmp_path / "data", environment=environment) as stack:
            eventually((tmp_path / "data" / "ports.json").exists)

            stack.handle.send_signal(signal.SIGTERM)

            assert stack.handle.wait(20) == 0
            assert "Stopped." in stack.said()


def test_a_usual_port_that_is_busy_is_replaced_and_one_asked_for_is_not(
    tmp_path: Path, shared: Mapping[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with a_stack(tmp_path / "data", "--port", str(port), environment=shared) as refused:
            assert refused.handle.wait(20) == 1
            assert refused.said().startswith(f"port {port} is in use")
            assert "ciclo up --port " in refused.said()


def test_the_file_reads_in_a_shell(tmp_path: Path, shared: Mapping[str, str]) -> None:
    with a_stack(tmp_path / "data", environment=shared) as stack:
        env = stack.ready().env()
        seen = subprocess.run(
            ("/bin/sh", "-c", '. ./env && printf "%s %s" "$CICLO_URL" "$CICLO_MONGO_URL"'),
            cwd=stack.folder,
            env={},
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout

    assert seen == f"{env['CICLO_URL']} {env['CICLO_MONGO_URL']}"
