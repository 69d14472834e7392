"""Reference 3.9: where a name server keeps its names."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyrox_pyro5.api import Daemon, Proxy, start_ns
from pyrox_pyro5.errors import NamingError
from pyrox_pyro5.nameserver import (
    MemoryStorage,
    SqlStorage,
)

A, B = "PYRO:a@localhost:1", "PYRO:b@localhost:2"
OWN_TAG = "class:Pyro5.nameserver.NameServer"


@pytest.fixture(params=["memory", "sql"])
def mapping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    opened: Any = (
        MemoryStorage() if request.param == "memory" else SqlStorage(str(tmp_path / "names.sql"))
    )
    yield opened
    opened.close()


def test_a_storage_is_a_mapping(mapping: Any) -> None:
    assert len(mapping) == 0
    mapping["a"] = (A, {"red"})
    mapping["b"] = (B, set())
    assert "a" in mapping
    assert mapping["a"] == (A, {"red"})
    assert sorted(mapping) == ["a", "b"]
    assert mapping.everything() == {"a": A, "b": B}
    assert mapping.everything(True) == {"a": (A, {"red"}), "b": (B, set())}
    mapping.remove_items(["a", "nothing"])
    with pytest.raises(KeyError):
        mapping["a"]
    with pytest.raises(KeyError):
        del mapping["a"]
    mapping.clear()
    assert len(mapping) == 0


def test_sqlite_searches_by_itself(tmp_path: Path) -> None:
    storage = SqlStorage(str(tmp_path / "names.sql"))
    storage["abc"] = (A, {"red", "round"})
    storage["b"] = (B, {"red"})
    assert storage.optimized_prefix_list("a") == {"abc": A}
    assert storage.optimized_prefix_list("a_") == {}
    assert storage.optimized_prefix_list("a", True) == {"abc": (A, {"red", "round"})}
    assert storage.optimized_metadata_search(metadata_all=["red", "round"]) == {"abc": A}
    assert storage.optimized_metadata_search(metadata_any={"round", "x"}) == {"abc": A}
    assert storage.optimized_regex_list("a") is None
    storage.close()


class Recorder(dict[str, Any]):
    """A program's own storage, which searches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def optimized_prefix_list(self, prefix: str, return_metadata: bool = False) -> Any:
        self.calls.append("prefix")
        return {name: value for name, value in self.items() if name.startswith(prefix)}

    def optimized_metadata_search(
        self, metadata_all: Any = None, metadata_any: Any = None, return_metadata: bool = False
    ) -> Any:
        self.calls.append("metadata")
        return dict(self)

    def everything(self, return_metadata: bool = False) -> Any:
        self.calls.append("everything")
        return dict(self)

    def remove_items(self, items: Any) -> None:
        self.calls.append("remove")
        for name in items:
            del self[name]

    def close(self) -> None:
        self.calls.append("close")


def test_a_program_may_bring_a_storage_of_its_own(run: Callable[[Daemon], Daemon]) -> None:
    # Reference 9.5: the manual says so, and Pyro5 takes texts alone.
    storage = Recorder()
    uri, daemon, _ = start_ns(port=0, storage=storage)
    run(daemon)
    with Proxy(uri) as names:
        names.register("a", A, metadata={"red"})
        names.register("ab", B)
        assert names.list(prefix="ab") == {"ab": B}
        assert set(names.yplookup(meta_any={"red"})) == {"a"}
        assert len(names.list()) == 3
        assert names.remove(prefix="a") == 2
    daemon.shutdown()
    assert storage == {}
    assert storage.calls == ["prefix", "metadata", "everything", "prefix", "remove", "close"]


@pytest.mark.parametrize("storage", ["x", "dbm:file", "sql:"])
def test_a_storage_that_there_is_not_is_an_error(storage: str) -> None:
    with pytest.raises(ValueError, match=f"^invalid storage type '{storage}'"):
        start_ns(port=0, storage=storage)


def test_sqlite_keeps_names_in_files_only() -> None:
    for attempt in (lambda: SqlStorage(":memory:"), lambda: start_ns(storage="sql::memory:")):
        with pytest.raises(ValueError, match="We don't support the sqlite :memory: database type"):
            attempt()


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("certainly no database, for it is a text\n" * 10)
    with pytest.raises(NamingError):
        start_ns(port=0, storage=f"sql:{file}")
