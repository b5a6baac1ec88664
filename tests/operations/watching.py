"""What alerts, dashboard and runbook name."""

import json
import re
from pathlib import Path
from typing import Any, Final

import promql_parser
import yaml

ROOT: Final = Path(__file__).parents[2]
RUNBOOK: Final = ROOT / "docs" / "runbook.md"
ALERTS: Final = ROOT / "operations" / "prometheus-alerts.yaml"
DASHBOARD: Final = ROOT / "operations" / "grafana-dashboard.json"


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions() -> list[str]:
    """Return every expression of both files."""
    drawn = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return [*(rule["expr"] for rule in alerts()), *drawn]


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    """Return what an expression reads; raise ValueError if it is none."""
    found: list[promql_parser.VectorSelector] = []

    def see(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        for name in ("expr", "lhs", "rhs", "param"):
            inner = getattr(node, name, None)
            if isinstance(inner, promql_parser.Expr):
                see(inner)
        for argument in getattr(node, "args", ()):
            see(argument)

    see(promql_parser.parse(expression))
    return found


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
