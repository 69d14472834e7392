"""What the parts of the suite for storages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pyrox import NameEntry, NameTable, Storage

__all__ = ["DIFFERENT", "ONE", "PLAIN", "TEXTS", "TWO", "Base", "tagged"]

ONE = NameEntry("PYRO:one@localhost:1", frozenset(["red", "round"]))
TWO = NameEntry("PYRO:two@localhost:2", frozenset(["red"]))
PLAIN = NameEntry("PYRO:plain@localhost:3")

TEXTS = {
    "a blank": "a b",
    "blanks around": " a ",
    "accents": "žluťoučký kůň",
    "beyond 16 bits": "𝄞😀\U0010fffd",
    "right to left": "\u05e9\u05dc\u05d5\u05dd",
    "quotes": 'it\'s "quoted" `so`',
    "an injection": "'; DROP TABLE names; --",
    "a path": "../a/b\\c:d",
    "a folder": "..",
    "like a number": "007",
    "like JSON": '{"a": [1]}',
    "like XML": "<a b='c'>&amp;",
    "a comma and more": "a,b;c|d=e",
    "wildcards": "a%b_c*d?e[f]",
    "backslashes": "\\n\\\\ \\u0041",
    "500 characters": "long." * 100,
    "500 wide characters": "𝄞" * 500,
}
"""What the name server lets through as names and tags: 500 characters, none for control."""

DIFFERENT = {
    "case": ("a.Name", "a.name", "A.NAME"),
    "accents": ("e", "é", "e\u0301"),
    "letters": ("straße", "strasse", "STRASSE"),
    "dots": ("i", "\u0131", "\u0130", "I"),
    "widths": ("1", "\uff11", "01"),
    "blanks": ("a", "a ", " a", "a\u00a0"),
    "ends": ("a.b", "a.b.", "a", "a.", "a.bc"),
}
"""Names that some databases take for the same."""


class Base:
    """Settings and fixtures; the author writes the fixture ``storage``."""

    lasts: bool = False
    many: int = 2000
    pyrox_time_limit: float = 40.0

    @property
    def _patience(self) -> float:
        """How long a step of a test may take, which has to end before the test does."""
        return 0.9 * self.pyrox_time_limit

    @pytest.fixture
    def storage(self) -> Storage:
        """The storage to be tested: written by the author of the plugin."""
        pytest.fail(
            "write a fixture named storage, which returns the storage to be tested: "
            "@pytest.fixture def storage(self): return RedisStorage()",
            pytrace=False,
        )

    @pytest.fixture
    def location(self) -> str:
        """What stands behind the colon in ``--storage NAME:LOCATION``."""
        return ""

    @pytest.fixture
    def table(self, storage: Storage, location: str) -> Iterator[NameTable]:
        """An empty table."""
        table = storage.open(location)
        yield table
        table.close()

    @pytest.fixture
    def filled(self, table: NameTable) -> NameTable:
        """A table with three entries."""
        table.put("a.one", ONE)
        table.put("a.two", TWO)
        table.put("plain", PLAIN)
        return table


def tagged(table: NameTable, *tags: str) -> dict[str, NameEntry]:
    """Return the entries that have all of these tags."""
    return table.tagged(frozenset(tags), every=True)
