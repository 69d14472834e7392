"""Names in a sqlite file survive what happens to processes and files."""

import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyrox import CommunicationError, NameEntry, NameTable, NamingError, Proxy
from pyrox_nameserver import SqliteStorage
from pyrox_nameserver.sqlite_table import SqliteTable

ONE = NameEntry("PYRO:one@localhost:1", frozenset(["red", "round"]))


def reopened(file: Path) -> SqliteTable:
    return SqliteTable(str(file))


def test_entries_are_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = reopened(tmp_path / "n.db")
    first.put("a", ONE)
    first.close()
    second = reopened(tmp_path / "n.db")
    assert second.list() == {"a": ONE}
    second.close()


WRITER = """
import sys
from pyrox import NameEntry
from pyrox_nameserver import SqliteStorage
table = SqliteStorage().open(sys.argv[1])
for number in range(1_000_000):
    table.put(f"name.{number}", NameEntry(f"PYRO:x@localhost:{number}", frozenset(["tag"])))
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_the_death_of_the_process(
    tmp_path: Path, program: Callable[..., Any]
) -> None:
    writer = program("-c", WRITER, str(tmp_path / "n.db"))
    writer.line_with("50")
    writer.process.kill()
    acknowledged = 50 + len(writer.end().out.split())
    table = reopened(tmp_path / "n.db")
    kept = table.list()
    table.close()
    for number in range(acknowledged):
        assert kept[f"name.{number}"] == NameEntry(f"PYRO:x@localhost:{number}", frozenset(["tag"]))
    assert all(entry.metadata == {"tag"} for entry in kept.values())


def test_a_killed_name_server_has_kept_every_name_that_it_acknowledged(
    tmp_path: Path, program: Callable[..., Any]
) -> None:
    file = tmp_path / "n.db"
    server = program("-m", "pyrox_nameserver", "--port", "0", "--storage", f"sqlite:{file}")
    uri = server.line_with("URI: ").partition("URI: ")[2]
    acknowledged: list[str] = []
    enough = threading.Event()

    def register() -> None:
        with Proxy(uri) as names:
            while True:
                name = f"name.{len(acknowledged)}"
                try:
                    names.register(name, "PYRO:x@localhost:1", metadata=["tag"])
                except CommunicationError:
                    return
                acknowledged.append(name)
                if len(acknowledged) == 30:
                    enough.set()

    thread = threading.Thread(target=register)
    thread.start()
    assert enough.wait(20)
    server.process.kill()
    thread.join(20)
    table = reopened(file)
    assert set(acknowledged) <= set(table.list())
    table.close()


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    table = reopened(tmp_path / "n.db")
    assert table._writer.execute("PRAGMA synchronous").fetchall() == [(2,)]
    assert table._writer.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    table.close()


def test_two_that_have_the_file_open_see_each_others_changes(tmp_path: Path) -> None:
    first, second = reopened(tmp_path / "n.db"), reopened(tmp_path / "n.db")
    first.put("a", ONE)
    assert second.get("a") == ONE
    assert not second.put("a", NameEntry("PYRO:other@localhost:1"), overwrite=False)
    second.remove(["a"])
    assert first.get("a") is None
    first.close()
    second.close()


def test_a_lookup_does_not_wait_for_a_change(tmp_path: Path) -> None:
    table = reopened(tmp_path / "n.db")
    table.put("a", ONE)
    with table._change("wait") as db:
        db.execute("DELETE FROM pyro_names")
        assert table.get("a") == ONE
    table.close()


def pyro5_file(file: Path, *, with_metadata: bool = True) -> None:
    """Make what Pyro 5's name server leaves behind."""
    db = sqlite3.connect(file)
    db.execute(
        "CREATE TABLE pyro_names (id integer PRIMARY KEY, "
        "name nvarchar NOT NULL UNIQUE, uri nvarchar NOT NULL)"
    )
    db.execute("INSERT INTO pyro_names (name, uri) VALUES ('old', 'PYRO:old@localhost:1')")
    if with_metadata:
        db.execute(
            "CREATE TABLE pyro_metadata (object integer NOT NULL, metadata nvarchar NOT NULL, "
            "FOREIGN KEY(object) REFERENCES pyro_names(id))"
        )
        db.executemany("INSERT INTO pyro_metadata VALUES (1, ?)", [("red",), (42,), ("red",)])
    db.commit()
    db.close()


def test_a_file_of_pyro5_is_used_as_it_is(tmp_path: Path) -> None:
    pyro5_file(tmp_path / "n.db")
    table = reopened(tmp_path / "n.db")
    assert table.get("old") == NameEntry("PYRO:old@localhost:1", frozenset(["red", "42"]))
    assert list(table.tagged(frozenset(["red", "42"]), every=True)) == ["old"]
    table.close()


def test_an_older_file_without_metadata_gets_some(tmp_path: Path) -> None:
    pyro5_file(tmp_path / "n.db", with_metadata=False)
    table = reopened(tmp_path / "n.db")
    assert table.get("old") == NameEntry("PYRO:old@localhost:1")
    assert table.set_metadata("old", frozenset(["red"]))
    assert list(table.tagged(frozenset(["red"]), every=True)) == ["old"]
    table.close()


def content(table: NameTable) -> dict[str, NameEntry]:
    return table.list()


def test_a_full_disk_is_an_error_that_says_so_and_changes_nothing(tmp_path: Path) -> None:
    table = reopened(tmp_path / "n.db")
    table.put("a", ONE)
    table._writer.execute("PRAGMA max_page_count=1")  # sqlite takes the size that it has now
    before = content(table)
    fat = NameEntry("PYRO:x@localhost:1", frozenset(["t" * 4000]))
    with pytest.raises(NamingError, match=r"nothing was changed: .*n\.db: .*full; free some space"):
        table.put("fat", fat)
    assert content(table) == before
    table._writer.execute("PRAGMA max_page_count=100000")
    assert table.put("b", ONE)
    table.close()


def test_a_file_that_may_not_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    table = reopened(tmp_path / "n.db")
    table.put("a", ONE)
    table._writer.execute("PRAGMA query_only=ON")  # root may write to any file, so not by its mode
    for change in (
        lambda: table.put("a", NameEntry("PYRO:other@localhost:1")),
        lambda: table.set_metadata("a", frozenset()),
        lambda: table.remove(["a"]),
    ):
        with pytest.raises(NamingError, match=r"readonly database; let this user write"):
            change()
    assert content(table) == {"a": ONE}
    table.close()


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write to any file")
def test_a_read_only_file_cannot_be_opened(tmp_path: Path) -> None:
    pyro5_file(tmp_path / "n.db")
    (tmp_path / "n.db").chmod(0o400)
    with pytest.raises(NamingError, match="let this user write"):
        reopened(tmp_path / "n.db")


def test_what_is_no_database_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "n.db").write_text("These are not the names you are looking for.\n" * 100)
    with pytest.raises(NamingError, match=r"cannot open it: .*n\.db: .*not a database; name an"):
        reopened(tmp_path / "n.db")


def test_a_damaged_file_cannot_be_opened(tmp_path: Path) -> None:
    file = tmp_path / "n.db"
    table = reopened(file)
    for number in range(200):
        table.put(f"name.{number}", ONE)
    table.close()
    data = bytearray(file.read_bytes())
    data[4096 * 2 :] = b"\x5a" * (len(data) - 4096 * 2)
    file.write_bytes(data)
    with pytest.raises(NamingError, match="it is damaged: put a backup in its place"):
        reopened(file)


@pytest.mark.parametrize("place", ["missing/n.db", "."])
def test_a_place_where_no_file_can_be_is_an_error(tmp_path: Path, place: str) -> None:
    with pytest.raises(NamingError, match="check that the folder exists"):
        SqliteStorage().open(str(tmp_path / place))


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "n.db")
    db.execute("CREATE TABLE pyro_names (title text)")
    db.commit()
    db.close()
    with pytest.raises(NamingError, match="another program made it"):
        reopened(tmp_path / "n.db")


def test_a_file_that_another_program_keeps_locked_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox_nameserver.sqlite_table.BUSY", 0.05)
    table = reopened(tmp_path / "n.db")
    other = sqlite3.connect(tmp_path / "n.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NamingError, match=r"locked; another program keeps the file"):
        table.put("a", ONE)
    other.execute("ROLLBACK")
    other.close()
    assert table.put("a", ONE)
    table.close()


def test_a_closed_table_says_so(tmp_path: Path) -> None:
    table = reopened(tmp_path / "n.db")
    table.close()
    with pytest.raises(NamingError, match="being shut down"):
        table.get("a")
    with pytest.raises(NamingError, match="being shut down"):
        table.put("a", ONE)
    table.close()
