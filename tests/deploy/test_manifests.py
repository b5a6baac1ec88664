"""The deploy files agree with the code: every role is started, by settings and names that exist."""

import json
import re
from typing import Any

import pytest
import yaml

from ciclo.actions.processing.publish_events import BILLING
from ciclo.localstack.choices import WorkerName
from ciclo.settings.settings import Settings
from tests.deploy.manifests import DEPLOY, PLATFORMS, ROOT, documents, kubernetes, started

KNOWN = {f"CICLO_{name.upper()}" for name in Settings.model_fields}
OTHERS = {"CICLO_DOMAIN", "CICLO_UPSTREAM"}
"""Caddy's own."""

ROLES = {("api",), ("migrate",), *(("worker", name.value) for name in WorkerName)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_role_is_started_once_and_nothing_else(platform: str) -> None:
    found = [one.arguments for one in started(platform)]

    assert sorted(found) == sorted(ROLES)


def test_every_variable_is_a_setting() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    named = {
        name for path in files for name in re.findall(r"\bCICLO_[A-Z0-9_]+", path.read_text(encoding="utf-8"))
    }

    assert named - KNOWN - OTHERS == set()


def live_settings() -> dict[str, dict[str, str]]:
    """Return what each platform sets in the open, with a value for each secret that it takes."""
    [map_] = kubernetes("settings")
    task = json.loads((DEPLOY / "ecs" / "api.json").read_text(encoding="utf-8"))["containerDefinitions"][0]
    [service] = documents(DEPLOY / "cloud-run" / "service.yaml")
    run = service["spec"]["template"]["spec"]["containers"][0]["env"]
    app = json.loads((DEPLOY / "heroku" / "app.json").read_text(encoding="utf-8"))["env"]
    return {
        "kubernetes": map_["data"],
        "ecs": {one["name"]: one["value"] for one in task["environment"]},
        "cloud-run": {one["name"]: one["value"] for one in run if "value" in one},
        "heroku": {name: one["value"] for name, one in app.items() if "value" in one},
    }


SECRETS: dict[str, Any] = {
    "mongo_url": "mongodb://127.0.0.1/?replicaSet=rs0",
    "redis_url": "redis://127.0.0.1",
    "jwt_secret": "a secret of our own that nobody else has seen",
    "webhook_secrets": "whsec_b3VyIG93biBzZWNyZXQgb2YgdGhlIHdlYmhvb2tz",
    "base_url": "https://billing.example.com",
    "smtp_url": "smtps://mail.example.com",
    "mail_from": "cobranca@example.com",
    "encryption_keys": "an-encryption-key-of-our-own-long-enough",
    "stripe_publishable_key": "pk_live_of_the_tests",
}


@pytest.mark.parametrize("platform", ["kubernetes", "ecs", "cloud-run", "heroku"])
def test_what_is_set_in_the_open_is_fit_for_live_mode(platform: str) -> None:
    values = {
        name.removeprefix("CICLO_").lower(): value
        for name, value in live_settings()[platform].items()
        if name.startswith("CICLO_")
    }

    assert not Settings(**{**SECRETS, **values}).is_sandbox


def test_all_tasks_of_a_platform_have_the_same_settings() -> None:
    """A process that is not told of one would bill by another policy than its neighbours."""
    tasks = [json.loads(path.read_text(encoding="utf-8")) for path in (DEPLOY / "ecs").glob("*.json")]
    pods = [
        document["spec"]["template"]["spec"].get("template", document["spec"]["template"])["spec"]
        for document in documents(*(DEPLOY / "cloud-run").glob("*.yaml"))
    ]
    of_api = {"FORWARDED_ALLOW_IPS"}

    def told(settings: list[dict[str, Any]]) -> str:
        return json.dumps([one for one in settings if one["name"] not in of_api], sort_keys=True)

    assert len({told(task["containerDefinitions"][0]["environment"]) for task in tasks}) == 1
    assert len({told(task["containerDefinitions"][0]["secrets"]) for task in tasks}) == 1
    assert len({told(pod["containers"][0]["env"]) for pod in pods}) == 1


def test_keda_looks_at_the_stream_and_the_group_of_the_billing_workers() -> None:
    [scaled] = kubernetes("keda")
    [trigger] = scaled["spec"]["triggers"]
    prefix = Settings.model_fields["stream_prefix"].default

    assert trigger["type"] == "redis-streams"
    assert trigger["metadata"]["stream"] == f"{prefix}:{BILLING}"
    assert trigger["metadata"]["consumerGroup"] == BILLING
    deployments = {one["metadata"]["name"] for one in kubernetes("workers") if one["kind"] == "Deployment"}
    assert scaled["spec"]["scaleTargetRef"]["name"] in deployments


def test_each_deployment_keeps_a_pod_while_nodes_are_drained() -> None:
    found = [*kubernetes("api"), *kubernetes("workers")]
    deployments = [one for one in found if one["kind"] == "Deployment"]
    budgets = {
        json.dumps(one["spec"]["selector"], sort_keys=True): one["spec"]
        for one in found
        if one["kind"] == "PodDisruptionBudget"
    }

    for one in deployments:
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"]["matchLabels"] == labels
        assert budgets[json.dumps(one["spec"]["selector"], sort_keys=True)]["maxUnavailable"] == 1
        assert one["spec"]["replicas"] >= 2
    applied = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8"))
    assert set(applied["resources"]) == {"settings.yaml", "api.yaml", "workers.yaml", "migrate.yaml"}


def test_the_stage_that_heroku_builds_is_in_the_dockerfile_and_the_last_one_has_the_entry_point() -> None:
    [file] = documents(DEPLOY / "heroku" / "heroku.yml")
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1:]
    web = file["build"]["docker"]["web"]
    [built] = [stage for stage in stages if stage.partition("\n")[0].endswith(f" AS {web['target']}")]

    assert "ENTRYPOINT" not in built
    assert "ENTRYPOINT" not in stages[1]
    assert 'ENTRYPOINT ["ciclo"]' in stages[-1]
    app = json.loads((DEPLOY / "heroku" / "app.json").read_text(encoding="utf-8"))
    assert app["stack"] == "container"
    assert set(app["formation"]) == set(file["run"])
    assert {one["image"] for one in file["run"].values() if isinstance(one, dict)} == {"web"}
