"""``pyrox diff``: what changed between two interfaces."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox_cli.interfaces.changes import changes
from pyrox_cli.interfaces.interface import Interface, interface_of
from tests.cli.conftest import Runner


class Old:
    """A shop as it was."""

    @pyrox.expose
    def price(self, bread: str) -> float:
        return 1.0

    @pyrox.expose
    def smell(self) -> str:
        return "rye"


class Wider:
    """A shop that takes all calls of the old one."""

    @pyrox.expose
    def price(self, bread: str, currency: str = "EUR") -> float:
        return 1.0

    @pyrox.expose
    def smell(self) -> str:
        return "rye"

    @pyrox.expose
    def close(self) -> None:
        pass


class Broken:
    """A shop that does not."""

    @pyrox.expose
    def price(self, bread: str, currency: str) -> float:
        return 1.0


@pytest.fixture
def shops() -> Iterator[dict[str, str]]:
    """Serve the shops; their URIs."""
    with pyrox.Daemon("localhost:0") as daemon:
        uris = {cls.__name__: str(daemon.register(cls)) for cls in (Old, Wider, Broken)}
        daemon.start()
        yield uris


def method(signature: str | None, **told: Any) -> Interface:
    """Return the interface of an object with the method ``do``."""
    described = {"do": {"signature": signature, **told}}
    return interface_of({"methods": described, "attributes": {}})


def attribute(**told: Any) -> Interface:
    """Return the interface of an object with the attribute ``do``."""
    return interface_of({"methods": {}, "attributes": {"do": told}})


def told(old: Interface, new: Interface) -> list[str]:
    """Return the changes as text; those that are breaking begin with ``!``."""
    return [f"{'!' * c.breaking}{c.change}: {c.detail}".rstrip(": ") for c in changes(old, new)]


def test_an_interface_has_not_changed_from_itself(cli: Runner, shops: dict[str, str]) -> None:
    result = cli("diff", shops["Old"], shops["Old"])
    assert (result.code, result.out, result.err) == (0, "", "")


def test_compatible_changes_are_told_and_no_failure(cli: Runner, shops: dict[str, str]) -> None:
    result = cli("diff", shops["Old"], shops["Wider"])
    assert result.code == 0
    assert result.out == (
        "close\tmethod added\t() -> None\tcompatible\n"
        "price\tparameter added\tcurrency: str = 'EUR'\tcompatible\n"
    )


def test_breaking_changes_are_told_and_the_exit_code_is_1(
    cli: Runner, shops: dict[str, str]
) -> None:
    result = cli("diff", shops["Old"], shops["Broken"])
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "price\tparameter added\tcurrency: str\tbreaking\n"
        "smell\tmethod removed\t() -> str\tbreaking\n"
    )


def test_machines_get_json(cli: Runner, shops: dict[str, str]) -> None:
    result = cli("diff", shops["Old"], shops["Broken"], "--json")
    assert result.code == 1
    document = json.loads(result.out)
    assert (document["old"], document["breaking"]) == (shops["Old"], True)
    assert document["changes"][1] == {
        "member": "smell",
        "change": "method removed",
        "detail": "() -> str",
        "breaking": True,
    }
    assert json.loads(cli("diff", shops["Old"], shops["Old"], "--json").out)["changes"] == []


@pytest.mark.usefixtures("terminal")
def test_a_person_gets_a_table(cli: Runner, shops: dict[str, str]) -> None:
    assert "2 of 2 breaking" in cli("diff", shops["Old"], shops["Broken"], "--no-color").out
    assert "the interfaces are the same" in cli("diff", shops["Old"], shops["Old"]).out


@pytest.mark.parametrize("options", [(), ("--async",)], ids=["blocking", "asyncio"])
def test_a_stub_stands_for_the_object_it_was_made_of(
    cli: Runner, shops: dict[str, str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    stub = str(tmp_path / "shop.py")
    assert cli("stubs", shops["Old"], "--output", stub, *options).code == 0
    assert cli("diff", stub, shops["Old"]).out == ""
    assert cli("diff", shops["Old"], stub).out == ""
    assert "smell\tmethod removed" in cli("diff", stub, shops["Broken"]).out


def test_two_stubs_are_compared_without_any_daemon(
    cli: Runner, shops: dict[str, str], tmp_path: Path
) -> None:
    old, new = str(tmp_path / "old.py"), str(tmp_path / "new.py")
    cli("stubs", shops["Old"], "-o", old)
    cli("stubs", shops["Wider"], "-o", new, "--async")
    assert cli("diff", old, new).code == 0
    assert cli("diff", new, old).code == 1


def test_a_file_that_is_not_there_is_told(cli: Runner, shops: dict[str, str]) -> None:
    result = cli("diff", "no/shop.py", shops["Old"])
    assert result.code == 2
    assert "there is no file no/shop.py" in result.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class", "is no Python module"),
        ("x = '\0'", "is no Python module"),
        ("class Shop: ...", "no class with the base Protocol"),
        (
            "from typing import Protocol\nclass A(Protocol): ...\nclass B(Protocol): ...",
            "several classes with the base Protocol",
        ),
    ],
)
def test_a_file_that_is_no_stub_is_told(
    cli: Runner, shops: dict[str, str], tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "shop.py"
    file.write_text(text, "utf-8")
    result = cli("diff", str(file), shops["Old"])
    assert result.code == 2
    assert said in result.err


def test_an_object_that_cannot_be_reached_is_no_change(
    cli: Runner, shops: dict[str, str], free_port: int
) -> None:
    result = cli("diff", shops["Old"], f"PYRO:shop@localhost:{free_port}")
    assert (result.code, result.out) == (3, "")


def test_a_protocol_written_by_hand_is_read(
    cli: Runner, shops: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "shop.py"
    file.write_text(
        "from typing import Protocol\nclass Shop(Protocol):\n"
        "    def price(self, bread: str) -> float: ...\n"
        "    def smell(self) -> str: ...\n",
        "utf-8",
    )
    assert cli("diff", str(file), shops["Old"]).out == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("(a)", "(b)", ["!parameter renamed: a -> b"]),
        ("(a, /)", "(b, /)", ["parameter renamed: a -> b"]),
        ("(a, b)", "(a)", ["!parameter removed: b: Any"]),
        ("(a, b)", "(b)", ["!parameter removed: a: Any"]),
        ("(a, *, b)", "(a, **kw)", ["parameter removed: b: Any", "parameter added: **kw: Any"]),
        ("(a)", "(a, b)", ["!parameter added: b: Any"]),
        ("(a)", "(a, b=1)", ["parameter added: b: Any = 1"]),
        ("(a)", "(b=1, a=2)", [
            "parameter made optional: a: Any = 2",
            "parameter added: b: Any = 1",
            "!parameter moved: a: 1 -> 2",
        ]),
        ("(*args)", "(a=1, *args)", ["!parameter added: a: Any = 1"]),
        ("(a, b)", "(b, a)", ["!parameter moved: a: 1 -> 2", "!parameter moved: b: 2 -> 1"]),
        ("(a=1)", "(a)", ["!parameter made required: a: Any"]),
        ("(a)", "(a=1)", ["parameter made optional: a: Any = 1"]),
        ("(a=1)", "(a=2)", ["default changed: a: 1 -> 2"]),
        ("(a=<object at 0x1>)", "(a=<object at 0x2>)", []),
        ("(a)", "(*, a)", ["!parameter given otherwise: a: by position or name -> by name"]),
        ("(a)", "(a, /)", ["!parameter given otherwise: a: by position or name -> by position"]),
        ("(*, a)", "(a)", ["parameter given otherwise: a: by name -> by position or name"]),
        ("(*args)", "()", ["!parameter removed: *args: Any"]),
        ("(*args: int)", "(*rest: int)", []),
        ("(a: int)", "(a: str)", ["!parameter type changed: a: int -> str"]),
        ("(a: int)", "(a: int | str)", ["parameter type changed: a: int -> int | str"]),
        ("(a: int | str)", "(a: int)", ["!parameter type changed: a: int | str -> int"]),
        ("(a: int)", "(a: float)", ["parameter type changed: a: int -> float"]),
        ("(a)", "(a: int)", ["parameter type changed: a: Any -> int"]),
        ("(a: shop.Lot)", "(a: shop.Box)", ["!parameter type changed: a: shop.Lot -> shop.Box"]),
        ("(a: Optional[int])", "(a: int | None)", []),
        ("() -> int", "() -> str", ["!return type changed: int -> str"]),
        ("() -> int | None", "() -> int", ["return type changed: int | None -> int"]),
        ("() -> int", "() -> int | None", ["!return type changed: int -> int | None"]),
        ("() -> Iterator[int]", "() -> collections.abc.AsyncIterator[int]", []),
        (None, "(a)", ["signature told: (a: Any) -> Any"]),
        ("(a)", "(...)", ["signature not told any more: (a: Any) -> Any"]),
        (None, "(*args, **kwargs)", []),
    ],
)  # fmt: skip
def test_changes_of_a_signature(old: str | None, new: str | None, expected: list[str]) -> None:
    assert told(method(old), method(new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"writable": True}, ["became writable"]),
        ({"writable": True}, {}, ["!became read-only"]),
        ({"annotation": "int"}, {"annotation": "str"}, ["!type changed: int -> str"]),
        ({"annotation": "int | None"}, {"annotation": "int"}, ["type changed: int | None -> int"]),
        (
            {"annotation": "int | None", "writable": True},
            {"annotation": "int", "writable": True},
            ["!type changed: int | None -> int"],
        ),
        ({"doc": "one"}, {"doc": "another"}, []),
    ],
)
def test_changes_of_an_attribute(
    old: dict[str, Any], new: dict[str, Any], expected: list[str]
) -> None:
    assert told(attribute(**old), attribute(**new)) == expected


def test_a_method_that_became_an_attribute_breaks_callers() -> None:
    assert told(method("() -> int"), attribute(annotation="int")) == [
        "!method became attribute: int"
    ]
    assert told(attribute(), method("() -> int")) == ["!attribute became method: () -> int"]


def test_a_method_that_became_oneway_breaks_callers() -> None:
    assert told(method("() -> int"), method("() -> int", oneway=True)) == ["!became oneway"]
    assert told(method("()", oneway=True), method("()")) == ["is not oneway any more"]
