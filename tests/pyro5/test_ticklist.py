"""The tick-list names tests that there are, for every section of the reference."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
TEXT = (TESTS / "pyro5/ticklist.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(\w+(?:/\w+)*/test_\w+\.py)(?:::(\w+))?`", TEXT)))
SECTIONS = {1: 19, 3: 10, 5: 4, 6: 9, 7: 5}
"""How many parts those sections of the reference have that have any."""


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_it_names_is_there(file: str, name: str) -> None:
    source = (TESTS / file).read_text("utf-8")
    assert not name or f"def {name}(" in source


def test_it_goes_through_every_section() -> None:
    rows = re.findall(r"^\| ([\d., -]+)", TEXT, re.MULTILINE)
    ticked = {number for row in rows for number in re.findall(r"[\d.]+(?:-\d+)?", row)}
    parts = {f"{section}.{n + 1}" for section, count in SECTIONS.items() for n in range(count)}
    mended = {f"9.3-{n + 1}" for n in range(25)}
    assert parts | mended | {"4", "8", "10", "9.5"} <= ticked
