"""`make manifests`: the deploy files against their platforms' own schemas, in an environment of its own.

The schemas come with well-kept packages and are asked offline: Compose's with check-jsonschema, Kubernetes'
with kubernetes-validate, ECS' with botocore, Cloud Run's with Google's client; Caddy reads its file itself.
They are large, and nothing else needs them: requirements-manifests.lock. KEDA and Heroku have no schema that
is kept as a package: `test_manifests.py` checks the facts that matter.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import botocore.session
import kubernetes_validate
import yaml
from botocore.validate import ParamValidator

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.34"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "number": (int, float),
}


class _Yaml(yaml.SafeLoader):
    """YAML with Compose's own tags."""


_Yaml.add_constructor("!reset", lambda _loader, _node: [])


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.load_all(path.read_text(encoding="utf-8"), _Yaml))


def kubernetes() -> Iterator[str]:
    for name in ("settings", "api", "workers", "migrate"):
        for document in documents(DEPLOY / "kubernetes" / f"{name}.yaml"):
            try:
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name}.yaml, {document['metadata']['name']}: {error.message}"


def ecs() -> Iterator[str]:
    model = botocore.session.Session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    for path in sorted((DEPLOY / "ecs").glob("*.json")):
        report = ParamValidator().validate(json.loads(path.read_text(encoding="utf-8")), shape)
        if report.has_errors():
            yield f"{path.name}: {report.generate_report()}"


def cloud_run() -> Iterator[str]:
    listed = files("googleapiclient").joinpath("discovery_cache/documents/run.v1.json")
    schemas = json.loads(listed.read_text(encoding="utf-8"))["schemas"]
    for path in sorted((DEPLOY / "cloud-run").glob("*.yaml")):
        for document in documents(path):
            yield from _unfit(document, {"$ref": document["kind"]}, schemas, at=path.name)


def _unfit(value: Any, schema: dict[str, Any], schemas: dict[str, Any], *, at: str) -> Iterator[str]:
    """Yield what of *value* is not as Google's description of its API has it; unknown names above all."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    match schema.get("type"), value:
        case "object", dict():
            known, others = schema.get("properties", {}), schema.get("additionalProperties")
            for name, inner in value.items():
                if (described := known.get(name, others)) is None:
                    yield f"{at}.{name}: no such field"
                else:
                    yield from _unfit(inner, described, schemas, at=f"{at}.{name}")
        case "array", list():
            for number, inner in enumerate(value):
                yield from _unfit(inner, schema["items"], schemas, at=f"{at}[{number}]")
        case kind, _ if not isinstance(value, TYPES.get(str(kind), ())):
            yield f"{at}: {value!r} is no {kind}"


def compose() -> Iterator[str]:
    """Yield what check-jsonschema says, which knows no tags: they are read before."""
    for path in (ROOT / "compose.yaml", DEPLOY / "caddy" / "compose.yaml"):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as read:
            json.dump(documents(path)[0], read)
            read.flush()
            yield from _run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", read.name)


def caddy() -> Iterator[str]:
    file = str(DEPLOY / "caddy" / "Caddyfile")
    yield from _run("caddy", "validate", "--adapter", "caddyfile", "--config", file)


def _run(program: str, *arguments: str) -> Iterator[str]:
    command = (str(Path(sys.executable).with_name(program)), *arguments)
    environment = {**os.environ, "CICLO_DOMAIN": "billing.example.com"}
    ran = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ran.returncode:
        yield f"{program}: {ran.stdout[-2_000:]}{ran.stderr[-2_000:]}"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (compose, kubernetes, ecs, cloud_run, caddy)


def main() -> int:
    """Print what is wrong, and return 1 if anything is."""
    wrong = 0
    for check in CHECKS:
        found = list(check())
        wrong += len(found)
        print(f"{check.__name__}: {'ok' if not found else ''}", *found, sep="\n  " if found else "")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
