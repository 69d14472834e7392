"""Our storages answer the same, and are opened by their names.

What they have in common with all others is in pyrox_testkit.
"""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrox import (
    NameEntry,
    NameTable,
    NamingError,
    PluginError,
    Storage,
    UsageError,
    installed_plugins,
)
from pyrox_nameserver import MemoryStorage, SqliteStorage, open_storage

_words = st.text("ab%_é", min_size=1, max_size=3)
_tags = st.frozensets(st.sampled_from("xyz"), max_size=3)
_operations = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _words, st.builds(NameEntry, _words, _tags), st.booleans()),
        st.tuples(st.just("set_metadata"), _words, _tags),
        st.tuples(st.just("remove"), st.lists(_words, max_size=3, unique=True)),
        st.tuples(st.just("list"), _words),
        st.tuples(st.just("tagged"), _tags, st.booleans()),
        st.tuples(st.just("count")),
    ),
    max_size=20,
)


@given(_operations)
@settings(deadline=None, max_examples=40)
def test_both_storages_answer_the_same(operations: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = [MemoryStorage().open(""), SqliteStorage().open(str(Path(folder, "n.db")))]
        for method, *args in operations:
            options = {}
            if method in ("put", "tagged"):
                options["overwrite" if method == "put" else "every"] = args.pop()
            first, second = (getattr(table, method)(*args, **options) for table in tables)
            assert first == second
        assert tables[0].list() == tables[1].list()
        tables[1].close()


class PlainStorage(Storage):
    """One that a plugin might offer."""

    name = "plain"

    def open(self, location: str) -> NameTable:
        raise NamingError(f"opened {location}")


def test_a_storage_of_a_plugin_is_opened_at_what_follows_the_colon() -> None:
    with pytest.raises(NamingError, match="opened a:b:c"):
        open_storage("plain:a:b:c", {"plain": PlainStorage()})


def test_the_built_in_storages_are_installed(tmp_path: Path) -> None:
    storages = installed_plugins().storages
    for text in ("memory", f"sqlite:{tmp_path}/1", f"sql:{tmp_path}/2"):
        table = open_storage(text, storages)
        assert table.count() == 0
        table.close()


def test_an_unknown_storage_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(PluginError, match=r"no storage 'etc'.*installed: memory, sqlite"):
        open_storage("etc:x", installed_plugins().storages)


@pytest.mark.parametrize("text", ["memory:x", "sqlite", "sqlite:", "sqlite::memory:"])
def test_a_location_that_makes_no_sense_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="sqlite:FILE"):
        open_storage(text, installed_plugins().storages)
