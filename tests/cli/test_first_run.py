"""A newcomer's first run: the real stack, and what its banner says to try."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ciclo.cli.environment import parse
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


@pytest.fixture
def plain() -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1"}


def test_the_stack_starts_and_its_examples_work_and_it_ends_whole(
    tmp_path: Path, plain: dict[str, str]
) -> None:
    output = tmp_path / "output"
    command = (sys.executable, "-m", "ciclo", "up", "--data-dir", "data", "--no-open", "--no-demo")
    with (
        output.open("wb") as out,
        subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT, env=plain) as stack,
    ):

        def said() -> str:
            return output.read_text(encoding="utf-8")

        try:
            eventually(lambda: "\nready " in said() or stack.poll() is not None, wait_s_max=60)
            assert stack.poll() is None, said()
            assert "server" not in httpx.get(f"{said().split()[-1]}/healthz").headers
            env = parse((tmp_path / "data" / "env").read_text(encoding="utf-8"))
            plan = ask(env, CREATE_PLAN)["createPlan"]["plan"]["id"]
            created = ask(env, SUBSCRIBE, plan=plan)["createSubscription"]["subscription"]
            assert created["status"] == "PENDING"

            plans, noticed = tried(
                said().replace("SUBSCRIPTION_ID", created["id"]).replace("payment_failed", "payment_success"),
                tmp_path,
            )

            assert [edge["node"]["id"] for edge in json.loads(plans)["data"]["plans"]["edges"]] == [plan]
            assert re.fullmatch(r'202 \{"event_id":"evt_\w+","status":"queued"\}', noticed)
            eventually(lambda: ask(env, STATUS, id=created["id"])["subscription"]["status"] == "ACTIVE")
            state = json.loads((tmp_path / "data" / "state.json").read_text(encoding="utf-8"))
            stack.send_signal(signal.SIGTERM)
            assert stack.wait(60) == 0
            assert "restart" not in said()
            assert not any(alive(one["pid"]) for one in state["processes"])
        finally:
            stack.kill()
    assert [one["name"] for one in state["processes"]] == [
        "mongod",
        "valkey",
        "api",
        "worker-1",
        "worker-2",
        "collection",
        "relay",
        "scheduler",
    ]
