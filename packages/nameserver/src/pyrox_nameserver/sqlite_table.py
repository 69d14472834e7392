"""Names in a sqlite file.

Three promises shape this file. A change that was acknowledged is on the disk, so every commit
waits for it (``synchronous=FULL``). A look-up waits for no change, so reading has a connection of
its own beside the writing one, which a write-ahead log makes possible. And the file may be
somebody else's as well (a second name server, Pyro 5, the sqlite program), so nothing is cached:
a look-up is one prepared statement, about 6 microseconds.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeAlias

from pyrox import NameEntry, NameTable, NamingError

__all__ = ["SqliteTable"]

Rows: TypeAlias = list[tuple[Any, ...]]

BUSY = 5.0
"""How long, in seconds, to wait for another process that is writing to the file."""

# The tables are those of Pyro 5. The indexes are new, and it does not mind them.
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS pyro_names (id integer PRIMARY KEY, "
    "name nvarchar NOT NULL UNIQUE, uri nvarchar NOT NULL)",
    "CREATE TABLE IF NOT EXISTS pyro_metadata ("
    "object integer NOT NULL REFERENCES pyro_names(id), metadata nvarchar NOT NULL)",
    "CREATE INDEX IF NOT EXISTS pyrox_metadata_object ON pyro_metadata (object)",
    "CREATE INDEX IF NOT EXISTS pyrox_metadata_tag ON pyro_metadata (metadata)",
)
_GET = (
    "SELECT uri, metadata FROM pyro_names LEFT JOIN pyro_metadata ON object = pyro_names.id "
    "WHERE name = ?"
)
_LIST = (
    "SELECT name, uri, metadata FROM pyro_names LEFT JOIN pyro_metadata ON object = pyro_names.id "
)
# Not LIKE: that takes % and _ for wildcards and "a" for "A". The first half lets sqlite begin at
# the right place in the index of names.
_WITH_PREFIX = _LIST + "WHERE name >= :prefix AND substr(name, 1, length(:prefix)) = :prefix"
_TAGGED = (
    _LIST + "WHERE pyro_names.id IN (SELECT object FROM pyro_metadata WHERE metadata IN ({}) "
    "GROUP BY object HAVING count(DISTINCT metadata) >= ?)"
)
_ADVICE = (
    ("is full", "free some space on that disk"),
    ("readonly", "let this user write to the file and to the folder it is in"),
    ("unable to open", "check that the folder exists, and that this user may write to it"),
    ("locked", "another program keeps the file to itself: end that one, or name another file"),
    ("not a database", "name another file, or move this one away: a new one will be made"),
    ("malformed", "it is damaged: put a backup in its place, or move it away to start anew"),
    ("no such column", "another program made it: name another file"),
    ("has no column", "another program made it: name another file"),
    ("closed database", "the name server is being shut down"),
)


class SqliteTable(NameTable):
    """The entries in one file, which is made where there is none."""

    def __init__(self, file: str) -> None:
        self.file = os.path.abspath(os.path.expanduser(file))
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        is_new = not os.path.exists(self.file)
        opened: list[sqlite3.Connection] = []
        try:
            opened.append(_connect(self.file))
            self._writer = opened[0]
            _set_up(self._writer)
            opened.append(_connect(self.file))
            self._reader = opened[1]
            self._reader.execute("PRAGMA query_only=ON")
            if is_new:
                _sync_folder(self.file)
        except (sqlite3.Error, OSError) as error:
            for connection in opened:
                connection.close()
            self._fail("open it", error)

    def get(self, name: str) -> NameEntry | None:
        """Return the entry of a name."""
        rows = self._read(_GET, (name,))
        if not rows:
            return None
        return NameEntry(rows[0][0], frozenset([tag for _, tag in rows if tag is not None]))

    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        """Store an entry."""
        with self._change(f"register {name!r}") as db:
            rows = db.execute("SELECT id FROM pyro_names WHERE name = ?", (name,)).fetchall()
            if rows and not overwrite:
                return False
            if rows:
                key = rows[0][0]
                db.execute("UPDATE pyro_names SET uri = ? WHERE id = ?", (entry.uri, key))
            else:
                new = (name, entry.uri)
                key = db.execute("INSERT INTO pyro_names (name, uri) VALUES (?, ?)", new).lastrowid
            _replace_tags(db, key, entry.metadata)
            return True

    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        """Replace the tags of an entry."""
        with self._change(f"set the metadata of {name!r}") as db:
            rows = db.execute("SELECT id FROM pyro_names WHERE name = ?", (name,)).fetchall()
            if rows:
                _replace_tags(db, rows[0][0], metadata)
            return bool(rows)

    def remove(self, names: Collection[str]) -> int:
        """Remove all of these."""
        removed = 0
        with self._change("remove names") as db:
            for name in names:
                # The tags first: nothing else would say whose they were.
                db.execute(
                    "DELETE FROM pyro_metadata WHERE object IN "
                    "(SELECT id FROM pyro_names WHERE name = ?)",
                    (name,),
                )
                removed += db.execute("DELETE FROM pyro_names WHERE name = ?", (name,)).rowcount
        return removed

    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        """Return the entries whose names begin with ``prefix``."""
        return _entries(
            self._read(_WITH_PREFIX, {"prefix": prefix}) if prefix else self._read(_LIST)
        )

    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        """Return the entries that have these tags."""
        if not tags:
            return self.list() if every else {}
        statement = _TAGGED.format(",".join("?" * len(tags)))
        return _entries(self._read(statement, (*tags, len(tags) if every else 1)))

    def count(self) -> int:
        """Return how many entries there are."""
        number: int = self._read("SELECT count(*) FROM pyro_names")[0][0]
        return number

    def close(self) -> None:
        """Close the file."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _read(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Rows:
        try:
            # All rows at once: a statement that is not at its end would keep seeing the past.
            with self._reading:
                return self._reader.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            self._fail("read it", error)

    @contextmanager
    def _change(self, doing: str) -> Iterator[sqlite3.Connection]:
        """Do everything in the block, on the disk, or nothing at all."""
        db = self._writer
        with self._writing:
            try:
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    _roll_back(db)
                    raise
            except (sqlite3.Error, UnicodeError) as error:
                self._fail(f"{doing}, so nothing was changed", error)

    def _fail(self, doing: str, error: Exception) -> NoReturn:
        text = str(error)
        advice = next((advice for sign, advice in _ADVICE if sign in text), "check that file")
        raise NamingError(f"cannot {doing}: {self.file}: {text}; {advice}") from error


def _connect(file: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=BUSY, isolation_level=None, check_same_thread=False)
    if sys.platform == "darwin":  # fsync alone does not reach the disk there
        db.execute("PRAGMA fullfsync=ON")
        db.execute("PRAGMA checkpoint_fullfsync=ON")
    return db


def _set_up(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous=FULL")
    # Where there can be no write-ahead log (a network disk) sqlite keeps its old journal, which
    # is as safe, and slower.
    db.execute("PRAGMA journal_mode=WAL").fetchall()
    problems = db.execute("PRAGMA quick_check(1)").fetchall()
    if problems != [("ok",)]:
        raise sqlite3.DatabaseError(f"malformed: {problems[0][0]}")
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in _SCHEMA:
            db.execute(statement)
        db.execute("SELECT id, name, uri, object, metadata FROM pyro_names, pyro_metadata LIMIT 0")
        db.execute("COMMIT")
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: sqlite3.Connection) -> None:
    # After some failures, a full disk for one, sqlite has rolled back already.
    if db.in_transaction:
        db.execute("ROLLBACK")


def _replace_tags(db: sqlite3.Connection, key: int | None, tags: Iterable[str]) -> None:
    db.execute("DELETE FROM pyro_metadata WHERE object = ?", (key,))
    db.executemany(
        "INSERT INTO pyro_metadata (object, metadata) VALUES (?, ?)", [(key, tag) for tag in tags]
    )


def _entries(rows: Rows) -> dict[str, NameEntry]:
    uris: dict[str, str] = {}
    tags: dict[str, set[str]] = {}
    for name, uri, tag in rows:
        uris[name] = uri
        if tag is not None:
            tags.setdefault(name, set()).add(tag)
    return {name: NameEntry(uri, frozenset(tags.get(name, ()))) for name, uri in uris.items()}


def _sync_folder(file: str) -> None:
    """Put the name of a new file on the disk, too; Windows does that by itself."""
    if os.name == "posix":
        folder = os.open(os.path.dirname(file), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
