"""Running a suite as the author of a plugin does, in a pytest of its own, and what it says."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]

Told = dict[tuple[str, str], list[tuple[str, str]]]
"""By class and test (without its parameters): what became of it, and the words."""

Flaws = Mapping[type, tuple[str, str]]
"""Broken plugins, each with the test that has to find it, and some of that test's words."""


def class_for_each(flaws: Flaws) -> str:
    """Return the end of an author's file: a class for each flaw, after the class ``Flawed``."""
    return "\n".join(f"class Test{flawed.__name__}(Flawed): pass" for flawed in flaws)


def asked_about(flaws: Flaws) -> list[str]:
    """Return the tests to run: for each flaw the one that has to find it."""
    return [f"Test{flawed.__name__}::{test}" for flawed, (test, _) in flaws.items()]


def check_found(told: "Told", flaws: Flaws, flawed: type) -> None:
    """See that a flaw was found by the test that is named for it, in its words."""
    test, words = flaws[flawed]
    failed = [text for kind, text in told[f"Test{flawed.__name__}", test] if kind == "failure"]
    assert failed, "the suite did not find it"
    assert any(words in text for text in failed), f"{words!r} is not in {failed[0]}"


def suite_run(folder: Path, file: str, tests: Iterable[str]) -> Told:
    """Run some of the tests, ``Class::test``, of an author's file."""
    name = folder / "test_plugin.py"
    name.write_text(file, encoding="utf-8")
    report = folder / "report.xml"
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", "-W", "error"),
            *("-W", "ignore::pytest.PytestUnknownMarkWarning"),  # of the module the plugin is from
            *("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:hypothesispytest"),
            *(f"{name}::{test}" for test in tests),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert report.exists(), done.stdout + done.stderr
    told: Told = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        key = case.attrib["classname"].rpartition(".")[2], case.attrib["name"].partition("[")[0]
        found = [(child.tag, f"{child.get('message')} {child.text}") for child in case]
        told[key] += found or [("passed", "")]
    return told
