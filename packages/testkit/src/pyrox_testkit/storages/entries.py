"""Entries by name: what is stored, found, tagged and removed."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pytest

from pyrox import NameEntry, NameTable

from .base import DIFFERENT, ONE, PLAIN, TEXTS, TWO, Base, tagged

__all__ = ["Entries"]


class Entries(Base):
    """Each method of a table, used by one thread."""

    # One entry

    def test_an_empty_table_knows_nothing(self, table: NameTable) -> None:
        assert table.get("a") is None
        assert table.list() == {} == table.list("a")
        assert table.tagged(frozenset("x"), every=True) == {}
        assert table.tagged(frozenset(), every=True) == {}
        assert table.count() == 0
        assert table.remove(["a"]) == 0

    def test_an_entry_comes_back_as_it_was_stored(self, table: NameTable) -> None:
        assert table.put("a", ONE) is True, "put returns True where it stored the entry"
        for found in (table.get("a"), table.list()["a"], tagged(table, "red")["a"]):
            assert found == ONE, f"{ONE!r} came back as {found!r}"
            assert type(found) is NameEntry and type(found.metadata) is frozenset, (
                f"{found!r} came back; it is an NameEntry, with a frozenset of tags"
            )

    @pytest.mark.parametrize("name", TEXTS)
    def test_names_and_tags_may_be_any_text(self, table: NameTable, name: str) -> None:
        text = TEXTS[name]
        entry = NameEntry(f"PYRO:x@localhost:1?{text}", frozenset([text, "other"]))
        assert table.put(text, entry) is True
        assert table.get(text) == entry, f"of {text!r} came {table.get(text)!r}"
        assert table.list() == {text: entry} == table.list(text[:1])
        assert tagged(table, text) == {text: entry}
        assert table.put(text, PLAIN, overwrite=False) is False
        assert table.set_metadata(text, frozenset([text])) is True
        assert table.get(text) == entry._replace(metadata=frozenset([text]))
        assert table.remove([text]) == 1 and table.count() == 0

    @pytest.mark.parametrize("what", DIFFERENT)
    def test_names_that_look_alike_are_different(self, table: NameTable, what: str) -> None:
        entries = {
            name: NameEntry(f"PYRO:x@localhost:{number}", frozenset([name]))
            for number, name in enumerate(DIFFERENT[what])
        }
        for name, entry in entries.items():
            assert table.put(name, entry, overwrite=False), f"{name!r} was taken for another name"
        assert table.list() == entries
        for name, entry in entries.items():
            assert table.get(name) == entry, f"of {name!r} came the entry of another name"
            assert tagged(table, name) == {name: entry}, (
                f"the tag {name!r} was taken for another tag"
            )
        for name in entries:
            assert table.remove([name]) == 1, f"{name!r} was removed together with another name"

    def test_an_entry_may_have_many_tags(self, table: NameTable) -> None:
        tags = frozenset(f"tag {number}" for number in range(200)) | {"", " "}
        table.put("a", NameEntry("PYRO:x@localhost:1", tags))
        table.put("b", NameEntry("PYRO:" + "x" * 1900 + "@localhost:1"))
        found = table.get("a")
        assert found is not None and found.metadata == tags, "200 tags came back as others"
        assert table.get("b") == NameEntry("PYRO:" + "x" * 1900 + "@localhost:1")

    def test_storing_again_replaces_uri_and_tags(self, table: NameTable) -> None:
        table.put("a", ONE)
        assert table.put("a", PLAIN) is True
        assert table.get("a") == PLAIN, f"{table.get('a')!r} is there after {PLAIN!r} was stored"
        assert tagged(table, "red") == {}, "tags of a replaced entry were kept"
        assert table.count() == 1

    def test_a_taken_name_is_not_overwritten_where_that_is_not_wanted(
        self, table: NameTable
    ) -> None:
        assert table.put("a", ONE, overwrite=False) is True
        assert table.put("a", TWO, overwrite=False) is False, (
            "put with overwrite off returns False where the name is taken"
        )
        assert table.get("a") == ONE, "put with overwrite off changed the entry that was there"
        table.remove(["a"])
        assert table.put("a", TWO, overwrite=False) is True, "a removed name is not free again"

    def test_tags_are_replaced(self, filled: NameTable) -> None:
        for tags in (frozenset(["blue"]), frozenset(), frozenset(["red", "x"])):
            assert filled.set_metadata("a.one", tags) is True
            assert filled.get("a.one") == ONE._replace(metadata=tags)
            assert filled.tagged(frozenset(["round"]), every=True) == {}, "an old tag was kept"
        assert filled.get("a.two") == TWO, "the tags of another entry changed"
        assert filled.count() == 3

    def test_an_unknown_name_gets_no_tags(self, table: NameTable) -> None:
        assert table.set_metadata("a", frozenset(["blue"])) is False, (
            "set_metadata returns False for an unknown name"
        )
        assert table.count() == 0 and table.get("a") is None

    # Several entries

    @pytest.mark.parametrize("kind", [list, tuple, set, frozenset, dict.fromkeys])
    def test_removing_counts_those_that_were_there(
        self, filled: NameTable, kind: Callable[[Any], Collection[str]]
    ) -> None:
        removed = filled.remove(kind(["a.one", "plain", "nobody"]))
        assert removed == 2 and type(removed) is int, f"2 names were there, remove said {removed}"
        assert filled.list() == {"a.two": TWO}
        assert filled.remove(kind([])) == 0
        assert filled.count() == 1

    def test_a_name_that_is_named_twice_is_removed_once(self, filled: NameTable) -> None:
        assert filled.remove(["plain", "plain", "a.one", "plain"]) == 2
        assert filled.list() == {"a.two": TWO}

    def test_a_removed_name_takes_its_tags_along(self, filled: NameTable) -> None:
        filled.remove(["a.one"])
        filled.put("a.one", PLAIN)
        assert filled.get("a.one") == PLAIN, "a removed entry left tags for the next of its name"
        assert filled.tagged(frozenset(["round"]), every=True) == {}

    def test_the_count_follows_each_change(self, table: NameTable) -> None:
        for number, name in enumerate(["a", "b", "c"], 1):
            table.put(name, ONE)
            table.put(name, TWO)
            assert table.count() == number
        table.remove(["a", "b"])
        assert table.count() == 1 and type(table.count()) is int

    def test_what_is_listed_is_a_copy(self, filled: NameTable) -> None:
        for ask in (filled.list, partial(filled.list, "a."), partial(tagged, filled, "red")):
            listed = ask()
            assert type(listed) is dict
            filled.put("a.new", TWO)
            assert "a.new" not in listed, (
                "what list or tagged returned changed with the table: return a copy"
            )
            ask().clear()
            assert filled.remove(["a.new"]) == 1
            assert filled.count() == 3, "the table changed with what list or tagged returned"

    def test_a_prefix_selects_names_that_begin_with_it(self, filled: NameTable) -> None:
        assert filled.list("a.") == {"a.one": ONE, "a.two": TWO}
        assert filled.list("a.t") == {"a.two": TWO}
        assert filled.list("a.two") == {"a.two": TWO}
        assert filled.list("a.two.more") == {}
        assert filled.list("b") == {}
        assert filled.list(".") == {}, "a prefix is looked for at the beginning alone"
        assert set(filled.list("")) == {"a.one", "a.two", "plain"}

    @pytest.mark.parametrize(
        ("prefix", "name", "other"),
        [("a_", "a_b", "axb"), ("a%", "a%b", "axxb"), ("A", "Ab", "ab"), ("[a]", "[a]b", "ab"),
         ("a*", "a*b", "axb"), ("a?", "a?b", "axb"), ("a.", "a.b", "axb"), (".*", ".*b", "xxb"),
         ("^a", "^ab", "ab"), ("\\", "\\ab", "ab"), ("é", "éa", "e"), ("e", "eb", "é"),
         ("𝄞", "𝄞x", "zz"), ("'", "'; --", "x"), ("ß", "ßa", "ssa"), (" ", " a", "a")],
        ids=ascii,
    )  # fmt: skip
    def test_a_prefix_is_meant_literally(
        self, table: NameTable, prefix: str, name: str, other: str
    ) -> None:
        table.put(name, ONE)
        table.put(other, TWO)
        found = table.list(prefix)
        assert found == {name: ONE}, (
            f"of {name!r} and {other!r}, the first begins with {prefix!r}; list found "
            f"{sorted(found)!r}: a prefix is no pattern, and its case counts"
        )

    def test_tags_select_entries_that_have_all_or_any_of_them(self, filled: NameTable) -> None:
        for tags, every, names in [
            (["red"], True, ["a.one", "a.two"]),
            (["red"], False, ["a.one", "a.two"]),
            (["red", "round"], True, ["a.one"]),
            (["red", "round"], False, ["a.one", "a.two"]),
            (["round", "blue"], True, []),
            (["round", "blue"], False, ["a.one"]),
            (["blue"], False, []),
            (["Red"], True, []),
            (["re"], False, []),
            (["red,round"], False, []),
            (["r%"], False, []),
            ([], True, ["a.one", "a.two", "plain"]),
            ([], False, []),
            ([f"tag {number}" for number in range(200)] + ["round"], False, ["a.one"]),
        ]:  # fmt: skip
            found = filled.tagged(frozenset(tags), every=every)
            assert found == {name: filled.get(name) for name in names}, (
                f"with {'every one' if every else 'one'} of the tags {tags[:5]!r} are {names!r}; "
                f"tagged found {sorted(found)!r}"
            )

    def test_many_entries(self, table: NameTable) -> None:
        generator = random.Random(24)
        entries = {
            f"{generator.choice('abc')}.{number}": NameEntry(
                f"PYRO:x@localhost:{number}", frozenset(generator.sample("rgbxyz", number % 4))
            )
            for number in range(self.many)
        }
        for name, entry in entries.items():
            table.put(name, entry)
        assert table.count() == len(entries)
        assert table.list() == entries, "list lost some of many entries"
        assert all(table.get(name) == entry for name, entry in [*entries.items()][::50])
        assert table.list("b.") == {
            name: entry for name, entry in entries.items() if name.startswith("b.")
        }
        for every, has in ((True, frozenset("rg").issubset), (False, frozenset("rg").intersection)):
            assert table.tagged(frozenset("rg"), every=every) == {
                name: entry for name, entry in entries.items() if has(entry.metadata)
            }, f"tagged with every={every} lost some of many entries, or found too many"
        names = [name for name in entries if not name.startswith("c.")]
        assert table.remove([*names, "nobody"]) == len(names), "remove lost count of many names"
        assert table.count() == len(entries) - len(names)
