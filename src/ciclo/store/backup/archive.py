"""A backup's folder: files of BSON, compressed, each with its checksum, and JSON that says what they are.

What JSON names is complete: it is written last, and appears at once. Only its owner can read any of it.
"""

import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final, TypeVar, cast

import msgspec
import orjson
from bson import decode_file_iter
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
COMPRESSION_LEVEL: Final = 6
CHUNK_BYTES: Final = 1_048_576
RAW: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)

ClusterTime = tuple[int, int]
"""An instant of MongoDB's own order of all writes: seconds, and a number within them."""

Id = str | int
"""What the documents' ids are that slices begin and end at."""

Kind = TypeVar("Kind")


class DamagedBackup(Exception):
    """A file of the backup is missing, or is not what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """A file that is complete: its name, how many documents it has, the SHA-256 of its bytes."""

    name: str
    documents: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A range of a collection's documents as they were at one instant.

    Its ids come after `after` and not after `until`; None is the beginning, and the end. Without a file
    there were none.
    """

    collection: str
    after: Id | None
    until: Id | None
    at: ClusterTime
    file: ArchiveFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a whole backup is made of. `made_at` is by the wall clock of who made it.

    `identity` tells the database from all others, restored ones too: a history goes on where it began.
    """

    format: int
    release: str
    database: str
    identity: str
    made_at: datetime
    slices: list[Slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the history: what was written up to an instant, from where the part before it ends.

    `until` is the instant by the primary's clock, `token` is where the change stream goes on.
    """

    number: int
    until: datetime
    token: dict[str, str]
    file: ArchiveFile


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup's folder."""

    folder: Path

    def manifest(self) -> Manifest | None:
        """Return what the backup is made of; None if it is not there, or not complete.

        Raises:
            DamagedBackup: it can't be read, or a newer release has made it.
        """
        found = self._read(MANIFEST, Manifest)
        if found is not None and found.format != FORMAT:
            raise DamagedBackup(f"{self.folder / MANIFEST} has format {found.format}, not {FORMAT}")
        return found

    def segments(self) -> list[Segment]:
        """Return the parts of the history, in turn.

        Raises:
            DamagedBackup: one can't be read.
        """
        found: list[Segment] = []
        while (segment := self._read(f"{_segment(len(found) + 1)}.json", Segment)) is not None:
            found.append(segment)
        return found

    def keep_manifest(self, manifest: Manifest) -> None:
        """Say that the documents are complete."""
        self._write(MANIFEST, manifest)

    def keep_segment(self, segment: Segment) -> None:
        """Say that a part of the history is complete."""
        self._write(f"{_segment(segment.number)}.json", segment)

    def read(self, file: ArchiveFile) -> Iterator[RawBSONDocument]:
        """Yield a file's documents."""
        with gzip.open(self.folder / file.name, "rb") as source:
            yield from decode_file_iter(cast(IO[bytes], source), RAW)

    def check(self, files: Iterable[ArchiveFile]) -> None:
        """Compare files with their checksums.

        Raises:
            DamagedBackup: one is missing or is another.
        """
        for file in files:
            path = self.folder / file.name
            try:
                if _sha256(path) != file.sha256:
                    raise DamagedBackup(f"{path} is not what was written")
            except FileNotFoundError:
                raise DamagedBackup(f"{path} is missing") from None

    def _read(self, name: str, kind: type[Kind]) -> Kind | None:
        path = self.folder / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except Exception as error:
            raise DamagedBackup(f"{path} can't be read: {type(error).__name__}") from error

    def _write(self, name: str, value: Manifest | Segment) -> None:
        part = self.folder / f"{name}.part"
        with _open_private(part) as target:
            target.write(orjson.dumps(asdict(value), option=orjson.OPT_INDENT_2))
            _keep(target)
        part.replace(self.folder / name)
        _keep_folder(self.folder)


class DocumentWriter:
    """Writes one file of documents; `file` says what it is once it is closed."""

    def __init__(self, target: IO[bytes], name: str) -> None:
        self._name: Final = name
        self._digesting: Final = _Digesting(target)
        self._packed: Final = gzip.GzipFile(
            fileobj=cast(IO[bytes], self._digesting), mode="wb", compresslevel=COMPRESSION_LEVEL, mtime=0
        )
        self._documents = 0

    def write(self, document: RawBSONDocument) -> None:
        """Add a document."""
        self._packed.write(document.raw)
        self._documents += 1

    def close(self) -> None:
        """Write out what is packed."""
        self._packed.close()

    @property
    def file(self) -> ArchiveFile:
        """Return what was written."""
        return ArchiveFile(
            name=self._name, documents=self._documents, sha256=self._digesting.sha256.hexdigest()
        )


@contextmanager
def writing(archive: Archive, name: str) -> Iterator[DocumentWriter]:
    """Give a writer of the file *name*, which is on the disk when the block ends."""
    with _open_private(archive.folder / name) as target:
        writer = DocumentWriter(target, name)
        yield writer
        writer.close()
        _keep(target)


def segment_file(number: int) -> str:
    """Return the name of a part of the history."""
    return f"{_segment(number)}.bson.gz"


def _segment(number: int) -> str:
    return f"history-{number:08}"


class _Digesting:
    """A file that is digested while it is written."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target: Final = target
        self.sha256: Final = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.sha256.update(chunk)
        return self._target.write(chunk)

    def flush(self) -> None:
        self._target.flush()


def _open_private(path: Path) -> IO[bytes]:
    """Open a file for writing that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _keep(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


def _keep_folder(folder: Path) -> None:
    """Let the disk know which files the folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
