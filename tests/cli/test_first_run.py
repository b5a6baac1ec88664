"""A newcomer's first run: the real stack, and what its banner says to try."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ciclo.localstack.environment import parse_env_file
from tests.cli.waiting import alive, eventually

CREATE_PLAN = """\
mutation {
  createPlan(input: {name: "Basic", price: {amount: "29.90"}, billingCycle: MONTHLY, userType: "ALUNO"}) {
    plan { id }
  }
}"""
SUBSCRIBE = """\
mutation($plan: ID!) {
  createSubscription(input: {planId: $plan, customerEmail: "ana@example.com", skipTrial: true}) {
    subscription { id status }
  }
}"""
SUBSCRIBE_BY_PIX = SUBSCRIBE.replace("skipTrial: true", "skipTrial: true, paymentMethod: {pix: {}}")
PAYMENTS = """\
query($id: ID!) { subscription(id: $id) { payments { edges { node { id pix { expiresAt } } } } } }"""
STATUS = "query($id: ID!) { subscription(id: $id) { status } }"


def ask(env: dict[str, str], query: str, **variables: str) -> dict[str, dict[str, str]]:
    answer = httpx.post(
        f"{env['CICLO_URL']}/graphql",
        json={"query": query, "variables": variables},
        headers={"authorization": f"Bearer {env['CICLO_ADMIN_TOKEN']}"},
        timeout=30,
    ).json()
    assert "errors" not in answer, answer
    data: dict[str, dict[str, str]] = answer["data"]
    return data


def tried(banner: str, folder: Path) -> list[str]:
    """Run the shell lines under "Try it", and return what each says."""
    lines = banner.partition("Try it\n")[2].partition("\n\n")[0].replace("\\\n", "")
    return subprocess.run(
        ("/bin/sh", "-e"), input=lines, cwd=folder, capture_output=True, check=True, encoding="utf-8"
    ).stdout.splitlines()


@dataclass(frozen=True)
class Run:
    """A `ciclo up` as a user starts it, in a folder of its own."""

    handle: subprocess.Popen[bytes]
    place: Path

    def said(self) -> str:
        return (self.place / "output").read_text(encoding="utf-8")

    def env(self) -> dict[str, str]:
        return parse_env_file((self.place / "data" / "env").read_text(encoding="utf-8"))

    def processes(self) -> dict[str, int]:
        state = json.loads((self.place / "data" / "state.json").read_text(encoding="utf-8"))
        return {one["name"]: one["pid"] for one in state["processes"]}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """The real stack with servers of its own, ready."""
    command = (sys.executable, "-m", "ciclo", "up", "--data-dir", "data", "--no-open", "--no-demo")
    environment = {**os.environ, "NO_COLOR": "1"}
    with (
        (tmp_path / "output").open("wb") as out,
        subprocess.Popen(
            command, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT, env=environment
        ) as handle,
    ):
        started = Run(handle, tmp_path)
        try:
            eventually(lambda: "\nready " in started.said() or handle.poll() is not None, wait_s_max=60)
            assert handle.poll() is None, started.said()
            yield started
        finally:
            handle.kill()


def test_what_the_banner_says_to_try_works(run: Run) -> None:
    env = run.env()
    plan = ask(env, CREATE_PLAN)["createPlan"]["plan"]["id"]
    created = ask(env, SUBSCRIBE, plan=plan)["createSubscription"]["subscription"]
    example = run.said().replace("SUBSCRIPTION_ID", created["id"])

    plans, noticed = tried(example.replace("payment_failed", "payment_success"), run.place)

    assert created["status"] == "PENDING"
    assert [edge["node"]["id"] for edge in json.loads(plans)["data"]["plans"]["edges"]] == [plan]
    assert re.fullmatch(r'202 \{"event_id":"evt_\w+","status":"queued"\}', noticed)
    eventually(lambda: ask(env, STATUS, id=created["id"])["subscription"]["status"] == "ACTIVE")
    assert "server" not in httpx.get(f"{env['CICLO_URL']}/healthz").headers


def test_the_operators_commands_find_the_stack_on_whatever_port(run: Run) -> None:
    env = run.env()
    plan = ask(env, CREATE_PLAN)["createPlan"]["plan"]["id"]
    created = ask(env, SUBSCRIBE_BY_PIX, plan=plan)["createSubscription"]["subscription"]

    def waiting() -> list[str]:
        found = ask(env, PAYMENTS, id=created["id"])["subscription"]["payments"]
        return [edge["node"]["id"] for edge in found["edges"] if edge["node"]["pix"]]  # type: ignore[index]

    eventually(lambda: len(waiting()) == 1)

    assert command(run.place, "pay", *waiting()) == "paid; the notice is on its way\n"
    eventually(lambda: ask(env, STATUS, id=created["id"])["subscription"]["status"] == "ACTIVE")
    assert command(run.place, "dead-letters", "list") == "0 dead letters\n"
    assert command(run.place, "reviews", "list") == "0 open reviews\n"
    assert command(run.place, "reconcile") == "asked about 0 payments, 0 with news\n"
    assert command(run.place, "audit").endswith(": 0 differences\n")


def command(folder: Path, *words: str) -> str:
    """Run one of our commands as an operator would, and return what it says."""
    return subprocess.run(
        (sys.executable, "-m", "ciclo", *words, "--data-dir", "data"),
        cwd=folder,
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout


def test_the_processes_work_together_and_end_together(run: Run) -> None:
    processes = run.processes()
    consumers = {"billing": 2, "collection": 1, "deliveries": 1}
    eventually(lambda: httpx.get(f"{run.env()['CICLO_URL']}/readyz").json()["groups"] == consumers)

    run.handle.send_signal(signal.SIGTERM)

    assert run.handle.wait(60) == 0
    assert list(processes) == [
        "mongod",
        "valkey",
        "api",
        "worker-1",
        "collection",
        "worker-2",
        "delivery",
        "mailer",
        "relay",
        "scheduler",
    ]
    assert not any(alive(pid) for pid in processes.values())
    assert "restart" not in run.said()
