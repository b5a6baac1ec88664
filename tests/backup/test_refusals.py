"""What a backup and a restore refuse, and what they survive."""

import os
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ciclo.actions.clock import read_wall_clock
from ciclo.store.backup import archive
from ciclo.store.backup.archive import Archive, DamagedBackup
from ciclo.store.backup.backing_up import OtherDatabase
from ciclo.store.backup.copying import CopyOptions
from ciclo.store.backup.history import HistoryLost
from ciclo.store.backup.restoring import NotEmpty, OutOfReach, restore
from ciclo.store.mongo.client import Store, open_store
from tests.backup.saving import content, save, without_empty
from tests.journeys.asking import a_plan, subscribe
from tests.reports.commands import ciclo
from tests.stack import Stack

SNAPSHOT_TOO_OLD = {"errorCode": 239}
CLOSED = {"closeConnection": True}


async def paying(stack: Stack) -> Store:
    await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    return stack.deps.store


async def test_a_database_that_is_not_empty_is_left_alone(stack: Stack, empty: Store, tmp_path: Path) -> None:
    await save(await paying(stack), tmp_path)
    await empty["notes"].insert_one({"_id": 1})

    with pytest.raises(NotEmpty):
        await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())

    assert await content(empty) == {"notes": {1: {"_id": 1}}}


@pytest.mark.parametrize("damage", ["changed", "missing", "manifest", "history"])
async def test_a_damaged_backup_is_refused_before_anything_is_written(
    stack: Stack, empty: Store, tmp_path: Path, damage: str
) -> None:
    await save(await paying(stack), tmp_path)
    file = tmp_path / "events-000001.bson.gz"
    match damage:
        case "changed":
            file.write_bytes(file.read_bytes()[:-1] + b"x")
        case "missing":
            file.unlink()
        case "manifest":
            (tmp_path / archive.MANIFEST).write_text("{}")
        case _:
            (tmp_path / "history-00000001.json").unlink()

    with pytest.raises(DamagedBackup):
        await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())

    assert await content(empty) == {}


async def test_a_moment_that_it_does_not_reach_is_refused(stack: Stack, empty: Store, tmp_path: Path) -> None:
    reach = (await save(await paying(stack), tmp_path)).reach

    for moment in (reach.earliest - timedelta(milliseconds=1), reach.latest + timedelta(milliseconds=1)):
        with pytest.raises(OutOfReach):
            await restore(empty, Archive(tmp_path), to=moment, now=read_wall_clock())

    assert await content(empty) == {}


async def test_a_history_does_not_go_on_over_a_dropped_collection(stack: Stack, tmp_path: Path) -> None:
    store = await paying(stack)
    await save(store, tmp_path)
    await store["due_faults"].drop()

    with pytest.raises(HistoryLost):
        await save(store, tmp_path)

    assert len(Archive(tmp_path).segments()) == 1


async def test_a_restored_database_has_a_backup_of_its_own(
    stack: Stack, empty: Store, tmp_path: Path
) -> None:
    (tmp_path / "first").mkdir()
    await save(await paying(stack), tmp_path / "first")
    await restore(empty, Archive(tmp_path / "first"), to=None, now=read_wall_clock())

    with pytest.raises(OtherDatabase):
        await save(empty, tmp_path / "first")

    (tmp_path / "second").mkdir()
    assert (await save(empty, tmp_path / "second")).documents > 0


@pytest.mark.usefixtures("failpoints_alone")
@pytest.mark.parametrize("fault", [SNAPSHOT_TOO_OLD, CLOSED])
async def test_a_snapshot_that_is_gone_is_replaced_by_another(
    stack: Stack, empty: Store, tmp_path: Path, fault: dict[str, object]
) -> None:
    store = await paying(stack)
    await stack.idle()
    saving = open_store(stack.deps.settings, name="saving")  # no fault is for the stack's own client
    events = f"{store.database.name}.events"
    data = {"failCommands": ["find"], "appName": "saving", "namespace": events, **fault}
    await store.client.admin.command("configureFailPoint", "failCommand", mode={"times": 5}, data=data)
    try:
        with capture_logs() as told:
            await save(saving, tmp_path, options=CopyOptions(page_documents=1))
    finally:
        await store.client.admin.command("configureFailPoint", "failCommand", mode="off")
        saving.close()

    assert [line for line in told if line["event"] == "backup_snapshot_renewed"]
    await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())
    assert without_empty(await content(empty)) == without_empty(await content(store))


async def test_the_files_are_their_owners_alone(stack: Stack, tmp_path: Path) -> None:
    await save(await paying(stack), tmp_path)

    assert {stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(tmp_path)} == {0o600}


async def test_a_backup_that_was_cut_off_begins_again(stack: Stack, empty: Store, tmp_path: Path) -> None:
    store = await paying(stack)
    (tmp_path / "events-000001.bson.gz").write_bytes(b"half of it")
    (tmp_path / f"{archive.MANIFEST}.part").write_text("{")

    with pytest.raises(DamagedBackup):
        await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())
    await save(store, tmp_path)

    await restore(empty, Archive(tmp_path), to=None, now=read_wall_clock())
    assert without_empty(await content(empty)) == without_empty(await content(store))


async def test_the_commands(stack: Stack, empty: Store, tmp_path: Path) -> None:
    await paying(stack)
    folder, moment = str(tmp_path / "backup"), "2026-01-01T00:00:00Z"

    begun = await ciclo(stack, "backup", folder, folder=tmp_path)
    added = await ciclo(stack, "backup", folder, folder=tmp_path)
    full = await ciclo(stack, "restore", folder, folder=tmp_path)

    assert (begun.code, added.code, begun.errors, added.errors) == (0, 0, "", "")
    assert " documents, 0 changes; it reaches from " in begun.lines[0]
    assert added.lines[0].startswith("0 changes; it reaches from ")
    assert (full.code, full.errors.splitlines()[-1]) == (
        1,
        "  try: name an empty one by CICLO_MONGO_DATABASE",
    )

    there = stack.deps.settings.model_copy(update={"mongo_database": empty.database.name})
    restoring = replace(stack, deps=replace(stack.deps, settings=there))
    early = await ciclo(restoring, "restore", folder, "--to", moment, folder=tmp_path)
    vague = await ciclo(restoring, "restore", folder, "--to", "2026-01-01T00:00:00", folder=tmp_path)
    done = await ciclo(restoring, "restore", folder, folder=tmp_path)
    audited = await ciclo(restoring, "audit", folder=tmp_path)

    assert (early.code, early.errors.split(":")[1].strip()[:18]) == (1, "it reaches from 20")
    assert (vague.code, "say its offset too" in vague.errors) == (2, True)
    assert (done.code, done.errors) == (0, "")
    assert done.lines[0].startswith("restored ")
    assert (audited.code, audited.lines[-1].endswith(": 0 differences")) == (0, True)
    acts = [document["action"] async for document in empty["operations"].find(sort=[("seq", 1)])]
    assert acts == ["createPlan", "backup", "restore"]
