"""The driver's limit: what a worker wrote, sent again by PyMongo, with nothing read and nothing decided."""

from collections.abc import Sequence
from typing import Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener, CommandStartedEvent
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ciclo.store.mongo.client import Document

WRITES: Final = ("insert", "update")


class Heard(CommandListener):
    """Keeps the writes that a client sends."""

    def __init__(self) -> None:
        self._commands: list[Document] = []

    def taken(self) -> list[Document]:
        """Return what was heard since the last call."""
        commands, self._commands = self._commands, []
        return commands

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name not in WRITES:
            return
        listed = "documents" if event.command_name == "insert" else "updates"
        prepared = [RawBSONDocument(bson.encode(one)) for one in event.command[listed]]
        name = event.command_name
        self._commands.append({name: event.command[name], listed: prepared, "ordered": True})

    def succeeded(self, event: object) -> None:
        """Nothing to learn from."""

    def failed(self, event: object) -> None:
        """Nothing to learn from."""


def send(
    client: MongoClient[Document], database: Database[Document], batches: Sequence[Sequence[Document]]
) -> None:
    """Send each batch in one transaction."""
    majority = WriteConcern("majority", j=True)
    with client.start_session() as session:
        for batch in batches:
            with session.start_transaction(read_concern=ReadConcern("snapshot"), write_concern=majority):
                for command in batch:
                    reply = database.command(command, session=session)
                    assert not reply.get("writeErrors"), reply
