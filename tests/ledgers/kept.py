"""Kept ledgers: what earlier releases stored, as files."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Final

from bson.json_util import JSONMode, JSONOptions, loads
from pydantic import SecretStr

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.dependencies import Deps
from ciclo.store.mongo.client import Store

LEDGERS: Final = tuple(sorted(Path(__file__).parent.glob("*.jsonl.gz")))
OPTIONS: Final = JSONOptions(json_mode=JSONMode.RELAXED, tz_aware=True)


def sandbox_secret(path: Path) -> SecretStr:
    """Return what the card tokens of a kept ledger are sealed with."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        name, sandbox = loads(next(lines))
    assert name == "sandbox"
    return SecretStr(sandbox["secret"])


async def load(path: Path, store: Store) -> Counter[str]:
    """Put a kept ledger into *store*, emptied first; return how many documents each collection has."""
    await store.client.drop_database(store.database.name)
    documents: dict[str, list[dict[str, object]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            name, document = loads(line, json_options=OPTIONS)
            documents.setdefault(name, []).append(document)
    del documents["sandbox"]
    for name, found in documents.items():
        await store[name].insert_many(found)
    counts = Counter({name: len(found) for name, found in documents.items()})
    counts["applied"] = sum(one["seq"] is not None for one in documents["events"])
    return counts


async def audited(deps: Deps) -> AuditCounts:
    """Return what a clean audit checked."""
    checked = AuditCounts()
    found = [one async for one in audit_ledger(deps, checked)]
    assert found == [], found
    return checked
