"""What the deploy files run, read from each of them: which role is started by which arguments of `ciclo`."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
PLATFORMS: Final = ("compose", "heroku", "kubernetes", "cloud-run", "ecs")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Started:
    """One process of a platform: its name there, and the arguments that `ciclo` gets."""

    name: str
    arguments: tuple[str, ...]


class _Yaml(yaml.SafeLoader):
    """YAML with Compose's own tags."""


_Yaml.add_constructor("!reset", lambda _loader, _node: None)


def documents(*paths: Path) -> Iterator[Document]:
    """Yield every document of some YAML files, in their order."""
    for path in paths:
        yield from yaml.load_all(path.read_text(encoding="utf-8"), _Yaml)


def kubernetes(name: str) -> list[Document]:
    return list(documents(DEPLOY / "kubernetes" / f"{name}.yaml"))


def started(platform: str) -> list[Started]:
    """Return what a platform's files start."""
    return list(_READERS[platform]())


def _of_compose() -> Iterator[Started]:
    [compose] = documents(ROOT / "compose.yaml")
    for name, service in compose["services"].items():
        if service.get("image") == "ciclo-billing":
            yield Started(name, tuple(service["command"]))


def _of_heroku() -> Iterator[Started]:
    [file] = documents(DEPLOY / "heroku" / "heroku.yml")
    processes = {**file["run"], "migrate": file["release"]}
    for name, run in processes.items():
        command = run if isinstance(run, str) else " ".join(run["command"])
        program, *arguments = shlex.split(command)
        assert program == "ciclo"
        yield Started(name, tuple(arguments))


def _of_kubernetes() -> Iterator[Started]:
    for name in ("api", "workers", "migrate"):
        for document in kubernetes(name):
            if document["kind"] in {"Deployment", "Job"}:
                yield from _containers(document["spec"]["template"]["spec"])


def _of_cloud_run() -> Iterator[Started]:
    for document in documents(*sorted((DEPLOY / "cloud-run").glob("*.yaml"))):
        template = document["spec"]["template"]
        yield from _containers(template["spec"].get("template", template)["spec"])


def _containers(pod: Document) -> Iterator[Started]:
    for container in pod["containers"]:
        # Of these two platforms `command` would replace the image's entry point.
        assert "command" not in container
        yield Started(container["name"], tuple(container["args"]))


def _of_ecs() -> Iterator[Started]:
    for path in sorted((DEPLOY / "ecs").glob("*.json")):
        for container in json.loads(path.read_text(encoding="utf-8"))["containerDefinitions"]:
            yield Started(container["name"], tuple(container["command"]))


_READERS: Final = {
    "compose": _of_compose,
    "heroku": _of_heroku,
    "kubernetes": _of_kubernetes,
    "cloud-run": _of_cloud_run,
    "ecs": _of_ecs,
}
