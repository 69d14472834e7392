"""Tables that are used by many threads at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pyrox import NameEntry, NameTable

from ..apart import together
from .base import ONE, PLAIN, TWO, Base, tagged

__all__ = ["Crowds"]

THREADS = 6


class Unhurried(list[str]):
    """Names that come one after the other, with time for others in between."""

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            time.sleep(0.0001)
            yield name


class Crowds(Base):
    """Changes are one step each, whoever else is at work."""

    def test_of_many_threads_that_want_a_free_name_one_gets_it(self, table: NameTable) -> None:
        names = [f"name.{number}" for number in range(10)]

        def grab(thread: int) -> list[bool]:
            entry = NameEntry(f"PYRO:x@localhost:{thread}", frozenset([str(thread)]))
            return [table.put(name, entry, overwrite=False) for name in names]

        won = self._together([partial(grab, thread) for thread in range(THREADS)])
        for name, results in zip(names, zip(*won, strict=True), strict=True):
            winners = [thread for thread, has_won in enumerate(results) if has_won]
            assert len(winners) == 1, (
                f"{len(winners)} threads were told that they got one free name: with overwrite "
                "off, looking and storing are one step"
            )
            found = table.get(name)
            expected = NameEntry(f"PYRO:x@localhost:{winners[0]}", frozenset([str(winners[0])]))
            assert found == expected, f"thread {winners[0]} got the name, and it has {found!r}"

    def test_a_name_is_had_by_one_at_a_time(self, table: NameTable) -> None:
        inside: list[int] = []
        crowds: list[int] = []

        def take_turns(thread: int) -> int:
            turns = 0
            for _ in range(15):
                if table.put("the lock", PLAIN, overwrite=False):
                    inside.append(thread)
                    crowds.append(len(inside))
                    inside.remove(thread)
                    turns += table.remove(["the lock"])
            return turns

        turns = self._together([partial(take_turns, thread) for thread in range(THREADS)])
        assert max(crowds) == 1, f"{max(crowds)} threads had one name at once"
        assert sum(turns) == len(crowds), "a name that was put could not be removed, or twice"

    def test_what_threads_store_at_once_is_all_there(self, table: NameTable) -> None:
        def store(thread: int) -> None:
            for number in range(20):
                entry = NameEntry(f"PYRO:{thread}@localhost:{number}", frozenset([f"t{thread}"]))
                table.put(f"{thread}.{number}", entry)

        self._together([partial(store, thread) for thread in range(THREADS)])
        assert table.count() == THREADS * 20 == len(table.list()), "entries were lost"
        for thread in range(THREADS):
            assert len(tagged(table, f"t{thread}")) == 20, "tags were lost"

    def test_reading_goes_on_while_others_change_things(self, table: NameTable) -> None:
        kept = {f"kept.{number}": ONE for number in range(100)}
        for name, entry in kept.items():
            table.put(name, entry)

        def change(thread: int) -> None:
            for number in range(30):
                table.put(f"changing.{thread}.{number}", TWO)
                table.remove([f"changing.{thread}.{number - 1}"])

        def read() -> None:
            for _ in range(40):
                assert table.list("kept.") == kept, "entries that nobody changed were gone"
                assert kept.items() <= table.list().items()
                assert table.tagged(frozenset(["red", "round"]), every=True) == kept
                assert 100 <= table.count() <= 100 + 2 * THREADS

        self._together([read, read, *(partial(change, thread) for thread in range(3))])

    def test_an_entry_is_never_a_mixture_of_two(self, table: NameTable) -> None:
        choices = [
            NameEntry(f"PYRO:x@localhost:{n}", frozenset([f"tag {n}", f"t{n}"])) for n in (1, 2)
        ]
        table.put("a", choices[0])

        def change(entry: NameEntry) -> None:
            for _ in range(40):
                table.put("a", entry)

        def read() -> None:
            for _ in range(60):
                for found in (table.get("a"), table.list().get("a")):
                    assert found in choices, f"{found!r} was read: URI and tags of two changes"

        self._together([read, read, *(partial(change, entry) for entry in choices)])

    def test_new_tags_leave_a_new_uri_alone(self, table: NameTable) -> None:
        for number in range(20):
            table.put("a", ONE)
            new = NameEntry(f"PYRO:new@localhost:{number}", ONE.metadata)
            self._while_tags_change(table, partial(table.put, "a", new), number)
            found = table.get("a")
            assert found is not None and found.uri == new.uri, (
                "set_metadata brought back an entry that was just replaced: reading and writing "
                "must be one step"
            )

    def test_new_tags_do_not_bring_a_removed_name_back(self, table: NameTable) -> None:
        for number in range(20):
            table.put("a", ONE)
            removed = self._while_tags_change(table, partial(table.remove, ["a"]), number)
            assert removed == 1 and table.get("a") is None, (
                "set_metadata brought back an entry that was just removed: reading and writing "
                "must be one step"
            )

    def test_many_names_are_removed_in_one_step(self, table: NameTable) -> None:
        names = [f"name.{number}" for number in range(100)]
        for _ in range(2):
            for name in names:
                table.put(name, ONE)
            done = threading.Event()
            works: list[Callable[[], Any]] = [
                partial(self._remove, table, Unhurried(names), done),
                partial(self._remove, table, Unhurried(names[::-1]), done),
                partial(self._watch, table, done),
            ]
            *counts, seen = self._together(works)
            assert sum(counts) == len(names), (
                f"two threads removed the same {len(names)} names, and were told {counts!r}"
            )
            between = sorted(set(seen) - {0, len(names)})
            assert not between, (
                f"while {len(names)} names were removed, others saw {between[0]} of them: remove "
                "them all in one step"
            )

    def _while_tags_change(self, table: NameTable, change: Callable[[], Any], number: int) -> Any:
        """Return what a change comes to, made while another thread sets tags."""

        def set_tags() -> None:
            for tag in "xyz":
                table.set_metadata("a", frozenset([tag]))

        # The last to be there tends to go first.
        works = [change, set_tags] if number % 2 else [set_tags, change]
        return self._together(works)[works.index(change)]

    def _remove(self, table: NameTable, names: list[str], done: threading.Event) -> int:
        try:
            return table.remove(names)
        finally:
            done.set()

    def _watch(self, table: NameTable, done: threading.Event) -> list[int]:
        seen: list[int] = []
        while not done.is_set():
            seen += [len(table.list()), len(tagged(table, "red")), table.count()]
        return seen

    def _together(self, works: list[Callable[[], Any]]) -> list[Any]:
        __tracebackhide__ = True
        return together(works, self._patience)
