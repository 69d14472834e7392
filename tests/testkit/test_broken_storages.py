"""The suite for storages finds what is wrong with one, and the test that fails says what.

``Honest`` is a small storage as an author might write it, and passes. The others differ from it
in one flaw each.
"""

import fnmatch
import json
import threading
import time
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from pyrox import NameEntry, NameTable, Storage
from pyrox_testkit import StorageSuite
from tests.testkit.authors import Told, asked_about, check_found, class_for_each, suite_run

pytestmark = pytest.mark.thorough

PAUSE = 0.001
"""Long enough for another thread to come in between."""


class Honest(NameTable):
    """Entries in a JSON file."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)
        self.lock: Any = threading.Lock()
        stored = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.entries = {
            name: NameEntry(uri, frozenset(tags)) for name, (uri, tags) in stored.items()
        }

    def save(self) -> None:
        stored = {name: (entry.uri, sorted(entry.metadata)) for name, entry in self.entries.items()}
        self.file.write_text(json.dumps(stored))

    def key(self, name: str) -> str:
        return name

    def get(self, name: str) -> NameEntry | None:
        return self.entries.get(self.key(name))

    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        with self.lock:
            if not overwrite and self.get(name) is not None:
                return False
            self.entries[self.key(name)] = entry
            self.save()
            return True

    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        with self.lock:
            entry = self.get(name)
            if entry is None:
                return False
            self.entries[self.key(name)] = entry._replace(metadata=metadata)
            self.save()
            return True

    def remove(self, names: Collection[str]) -> int:
        with self.lock:
            removed = sum(self.entries.pop(self.key(name), None) is not None for name in names)
            self.save()
            return removed

    def copy(self) -> dict[str, NameEntry]:
        with self.lock:
            return dict(self.entries)

    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        return {name: entry for name, entry in self.copy().items() if self.begins(name, prefix)}

    def begins(self, name: str, prefix: str) -> bool:
        return name.startswith(prefix)

    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        fits = tags.issubset if every else lambda metadata: not tags.isdisjoint(metadata)
        return {name: entry for name, entry in self.copy().items() if fits(entry.metadata)}

    def count(self) -> int:
        with self.lock:
            return len(self.entries)


class AnyStorage(Storage):
    """Opens tables of one class."""

    name = "any"

    def __init__(self, table: Any) -> None:
        self.table = table

    def open(self, location: str) -> NameTable:
        table: NameTable = self.table(location)
        return table


class TestHonest(StorageSuite):
    lasts = True
    many = 300

    @pytest.fixture
    def storage(self) -> Storage:
        return AnyStorage(Honest)

    @pytest.fixture
    def location(self, tmp_path: Path) -> str:
        return str(tmp_path / "names.json")


# Several at once


class LooksFirst(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        if not overwrite and self.get(name) is not None:
            return False
        time.sleep(PAUSE)
        return super().put(name, entry)


class ReadsBeforeItWrites(Honest):
    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        entry = self.get(name)
        time.sleep(PAUSE)
        return entry is not None and self.put(name, entry._replace(metadata=metadata))


class RemovesOneByOne(Honest):
    def remove(self, names: Collection[str]) -> int:
        return sum(super(RemovesOneByOne, self).remove([name]) for name in dict.fromkeys(names))


class WritesInTwoSteps(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        if not super().put(name, NameEntry(entry.uri), overwrite=overwrite):
            return False
        time.sleep(PAUSE)
        return self.set_metadata(name, entry.metadata)


class GoesThroughWhatOthersChange(Honest):
    def copy(self) -> dict[str, NameEntry]:
        found = {}
        for name, entry in self.entries.items():
            time.sleep(0)
            found[name] = entry
        return found


class WaitsForItself(Honest):
    def get(self, name: str) -> NameEntry | None:
        with self.lock:
            return super().get(name)


# Entries


class ForgetsWhoHadTheName(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        return super().put(name, entry)


class AddsTags(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        if before := self.get(name):
            entry = entry._replace(metadata=entry.metadata | before.metadata)
        return super().put(name, entry, overwrite=overwrite)


class SetsTagsOfNobody(Honest):
    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        super().set_metadata(name, metadata)
        return True


class ReturnsSets(Honest):
    def get(self, name: str) -> NameEntry | None:
        found = super().get(name)
        return found and found._replace(metadata=set(found.metadata))  # type: ignore[arg-type]


class ReturnsNothing(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> Any:
        return super().put(name, entry, overwrite=overwrite) or None


class JoinsTags(Honest):
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        tags = frozenset(",".join(entry.metadata).split(","))
        return super().put(name, entry._replace(metadata=tags), overwrite=overwrite)


class CountsWhatIsNamed(Honest):
    def remove(self, names: Collection[str]) -> int:
        super().remove(names)
        return len(names)


class HandsOutItself(Honest):
    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        return super().list(prefix) if prefix else self.entries


# Names


class TakesPatterns(Honest):
    def begins(self, name: str, prefix: str) -> bool:
        return fnmatch.fnmatchcase(name, f"{prefix}*")


class SearchesAnywhere(Honest):
    def begins(self, name: str, prefix: str) -> bool:
        return prefix in name


class IgnoresCase(Honest):
    def key(self, name: str) -> str:
        return name.lower()


class ComposesAccents(Honest):
    def key(self, name: str) -> str:
        return unicodedata.normalize("NFC", name)


class StripsNames(Honest):
    def key(self, name: str) -> str:
        return name.strip()


# Tags


class HasOneOrEvery(Honest):
    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        return super().tagged(tags, every=not every)


class NeedsTags(Honest):
    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        return super().tagged(tags, every=every) if tags else {}


# What lasts


class SavesNothing(Honest):
    def save(self) -> None:
        pass


class SavesAtTheEnd(SavesNothing):
    def close(self) -> None:
        super(SavesNothing, self).save()


FLAWS: dict[type[Honest], tuple[str, str]] = {
    # the test that finds it, and some of its words
    LooksFirst: (
        "test_of_many_threads_that_want_a_free_name_one_gets_it", "looking and storing are one step"
    ),
    ReadsBeforeItWrites: ("test_new_tags_leave_a_new_uri_alone", "reading and writing"),
    RemovesOneByOne: ("test_many_names_are_removed_in_one_step", "remove them all in one step"),
    WritesInTwoSteps: ("test_an_entry_is_never_a_mixture_of_two", "URI and tags of two changes"),
    GoesThroughWhatOthersChange: (
        "test_reading_goes_on_while_others_change_things", "changed size during iteration"
    ),
    WaitsForItself: (
        "test_a_taken_name_is_not_overwritten_where_that_is_not_wanted", "still runs after"
    ),
    ForgetsWhoHadTheName: (
        "test_a_taken_name_is_not_overwritten_where_that_is_not_wanted", "returns False"
    ),
    AddsTags: ("test_storing_again_replaces_uri_and_tags", "is there after"),
    SetsTagsOfNobody: ("test_an_unknown_name_gets_no_tags", "returns False for an unknown name"),
    ReturnsSets: ("test_an_entry_comes_back_as_it_was_stored", "with a frozenset of tags"),
    ReturnsNothing: (
        "test_a_taken_name_is_not_overwritten_where_that_is_not_wanted", "returns False"
    ),
    JoinsTags: ("test_names_and_tags_may_be_any_text", "a,b;c|d=e"),
    CountsWhatIsNamed: ("test_removing_counts_those_that_were_there", "2 names were there"),
    HandsOutItself: ("test_what_is_listed_is_a_copy", "return a copy"),
    TakesPatterns: ("test_a_prefix_is_meant_literally", "a prefix is no pattern"),
    SearchesAnywhere: (
        "test_a_prefix_selects_names_that_begin_with_it", "at the beginning alone"
    ),
    IgnoresCase: ("test_names_that_look_alike_are_different", "was taken for another name"),
    ComposesAccents: ("test_names_that_look_alike_are_different", "was taken for another name"),
    StripsNames: ("test_names_that_look_alike_are_different", "was taken for another name"),
    HasOneOrEvery: (
        "test_tags_select_entries_that_have_all_or_any_of_them", "tagged found"
    ),
    NeedsTags: ("test_tags_select_entries_that_have_all_or_any_of_them", "with every one"),
    SavesNothing: ("test_entries_are_there_when_it_is_opened_again", "after opening again"),
    SavesAtTheEnd: ("test_each_change_lasts_without_a_close", "nobody may get to close the table"),
}  # fmt: skip

AUTHORS_FILE = f"""
import pytest
from pyrox_testkit import StorageSuite
import {__name__} as broken

class Flawed(StorageSuite):
    lasts = True
    many = 300

    @pytest.fixture
    def storage(self):
        return broken.AnyStorage(getattr(broken, type(self).__name__[len("Test"):]))

    @pytest.fixture
    def location(self, tmp_path):
        return str(tmp_path / "names.json")

class TestNothing(StorageSuite): pass
""" + class_for_each(FLAWS)
AUTHORS_FILE += "\nTestWaitsForItself.pyrox_time_limit = 0.5"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What the suite says of each flaw, in one run."""
    tests = asked_about(FLAWS)
    tests += ["TestNothing::test_it_is_a_storage_with_a_name"]
    return suite_run(tmp_path_factory.mktemp("author"), AUTHORS_FILE, tests)


@pytest.mark.parametrize("flawed", FLAWS, ids=lambda flawed: flawed.__name__)
def test_a_flaw_is_found_by_the_test_that_is_named_for_it(told: Told, flawed: type[Honest]) -> None:
    check_found(told, FLAWS, flawed)


def test_without_the_fixture_the_author_is_told(told: Told) -> None:
    [(kind, text)] = told["TestNothing", "test_it_is_a_storage_with_a_name"]
    assert kind == "error"
    assert "write a fixture named storage" in text
