"""What a storage is called, and what is there when it is opened again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pyrox import NameEntry, NameTable, Storage
from pyrox_nameserver import open_storage

from .base import ONE, PLAIN, TEXTS, TWO, Base

__all__ = ["Opening"]


class Opening(Base):
    """The storage itself, and its promise to last."""

    def test_it_is_a_storage_with_a_name(self, storage: Storage) -> None:
        assert isinstance(storage, Storage), (
            f"the fixture storage returned {storage!r}; it returns an instance of a subclass of "
            "pyrox_nameserver.Storage"
        )
        name = storage.name
        assert isinstance(name, str) and name and not set(name) & set(": \t\n"), (
            f"the name is {name!r}; it is what stands before the colon in --storage NAME:LOCATION"
        )
        assert name in repr(storage), "its repr should tell its name, for logs"

    def test_it_is_opened_by_its_name(self, storage: Storage, location: str) -> None:
        text = f"{storage.name}:{location}" if location else storage.name
        table = open_storage(text, {storage.name: storage})
        assert isinstance(table, NameTable), (
            f"open returned {table!r}; it returns an instance of a subclass of "
            "pyrox_nameserver.NameTable"
        )
        assert table.count() == 0, (
            "a table that was opened at a new location is not empty: let the fixture location "
            "return another one for each test"
        )
        table.close()

    def test_entries_are_there_when_it_is_opened_again(
        self, storage: Storage, location: str
    ) -> None:
        if not self.lasts:
            pytest.skip("the suite's attribute `lasts` is False: entries go with the table")
        first = storage.open(location)
        for name in TEXTS.values():
            first.put(
                name, NameEntry(f"PYRO:{len(name)}@localhost:1", frozenset([name, "", "tag"]))
            )
        first.put("replaced", ONE)
        first.put("replaced", PLAIN)
        first.put("tagged", ONE)
        first.set_metadata("tagged", frozenset(["blue"]))
        first.put("removed", ONE)
        first.remove(["removed"])
        expected = first.list()
        first.close()
        second = storage.open(location)
        found = second.list()
        kept = second.put("replaced", TWO, overwrite=False)
        second.close()
        assert found == expected, (
            f"after opening again there are other entries: {differences(expected, found)}"
        )
        assert kept is False, "after opening again a name that was taken is free"

    def test_each_change_lasts_without_a_close(self, storage: Storage, location: str) -> None:
        if not self.lasts:
            pytest.skip("the suite's attribute `lasts` is False: entries go with the table")
        first = storage.open(location)
        changes: list[tuple[Callable[[], object], dict[str, NameEntry]]] = [
            (lambda: first.put("a", ONE), {"a": ONE}),
            (lambda: first.put("b", TWO, overwrite=False), {"a": ONE, "b": TWO}),
            (
                lambda: first.set_metadata("a", frozenset(["x"])),
                {"a": ONE._replace(metadata=frozenset(["x"])), "b": TWO},
            ),
            (lambda: first.remove(["a"]), {"b": TWO}),
        ]
        for number, (change, expected) in enumerate(changes, 1):
            change()
            second = storage.open(location)
            found = second.list()
            second.close()
            assert found == expected, (
                f"change {number} was done, and a table opened at the same location has {found!r}: "
                "a change lasts when the method returns, since nobody may get to close the table"
            )
        first.close()


def differences(expected: dict[str, NameEntry], found: dict[str, NameEntry]) -> str:
    """Return which entries are missing, changed or new."""
    told = [
        f"{name!r} is {found.get(name)!r} instead of {expected.get(name)!r}"
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    ]
    return "; ".join(told[:5])
