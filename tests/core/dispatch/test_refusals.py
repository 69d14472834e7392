"""Requests that cannot be begun: refused before any code of the user runs."""

from typing import Any

import pytest

from pyrox.wire.message import Flags
from tests.core.dispatch.objects import Guarded
from tests.core.dispatch.server import Server


def refused(server: Server, *call: Any, flags: int = 0) -> tuple[str, str]:
    answer = server.send(*call, flags=flags)
    assert answer is not None
    return answer.error


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unexposed", "unexposed attribute 'unexposed'"),
        ("unexposed_property", "unexposed attribute 'unexposed_property'"),
        ("Nested", "unexposed attribute 'Nested'"),
        ("plain", "unexposed attribute 'plain'"),
        ("ran", "no exposed attribute 'ran'"),
        ("size", "'size' wrongly: it is an attribute, not a method"),
        ("_private", "private attribute '_private'"),
        ("__init__", "private attribute '__init__'"),
        ("__class__", "private attribute '__class__'"),
        ("__dict__", "attribute '__dict__'"),
        ("__reduce_ex__", "private attribute '__reduce_ex__'"),
        ("__call__", "private attribute '__call__'"),
        ("wrk", "did you mean 'work'"),
        ("nonsense", "no exposed attribute 'nonsense'"),
        ("<batch>", "no exposed attribute '<batch>'"),
        ("", "no exposed attribute ''"),
    ],
)
def test_what_is_not_an_exposed_method_is_not_called(
    server: Server, guarded: Guarded, name: str, reason: str
) -> None:
    cls, text = refused(server, "guarded", name, [], {})
    assert cls == "builtins.AttributeError"
    assert reason in text
    assert guarded.ran == []


@pytest.mark.parametrize(
    "name", ["work", "unexposed", "unexposed_property", "plain", "ran", "_x", "__class__", "Nested"]
)
@pytest.mark.parametrize(("method", "args"), [("__getattr__", []), ("__setattr__", [5])])
def test_what_is_not_an_exposed_property_is_not_touched(
    server: Server, guarded: Guarded, name: str, method: str, args: list[Any]
) -> None:
    cls, text = refused(server, "guarded", method, [name, *args], None)
    assert cls == "builtins.AttributeError"
    assert f"unexposed or unknown remote attribute {name!r}" in text
    assert vars(guarded) == {"ran": []}


def test_a_property_without_a_setter_is_read_only(server: Server) -> None:
    cls, text = refused(server, "guarded", "__setattr__", ["size", 5], None)
    assert (cls, text) == (
        "builtins.AttributeError",
        ("attempt to access unexposed or unknown remote attribute 'size': it is read-only"),
    )


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("__getattr__", []),
        ("__getattr__", ["size", 1]),
        ("__getattr__", [5]),
        ("__getattr__", [["size"]]),
        ("__setattr__", ["size"]),
        ("__setattr__", ["size", 1, 2]),
        ("__setattr__", [None, 1]),
    ],
)
def test_a_malformed_attribute_access_is_refused(
    server: Server, method: str, args: list[Any]
) -> None:
    cls, text = refused(server, "guarded", method, args, None)
    assert cls == "Pyro5.errors.SerializeError"
    assert f"malformed call: {method} takes" in text


@pytest.mark.parametrize("object_id", ["nobody", "", "gaurded", "Pyro.Nothing"])
def test_an_unknown_object_is_refused(server: Server, object_id: str) -> None:
    cls, text = refused(server, object_id, "work", [], {})
    assert cls == "Pyro5.errors.DaemonError"
    assert f"unknown object: {object_id!r}" in text


@pytest.mark.parametrize("object_id", [None, 5, True, ["guarded"], {"a": 1}])
def test_an_object_id_of_another_type_is_refused(
    server: Server, guarded: Guarded, object_id: Any
) -> None:
    refused(server, object_id, "work", [], {})
    assert guarded.ran == []


@pytest.mark.parametrize("method", [None, 5, ["work"], {"a": 1}])
@pytest.mark.parametrize("flags", [0, Flags.BATCH])
def test_a_method_name_of_another_type_is_refused(
    server: Server, guarded: Guarded, method: Any, flags: int
) -> None:
    refused(server, "guarded", method, [], {}, flags=flags)
    assert guarded.ran == []


@pytest.mark.parametrize("args", [None, 5, "text", {"a": 1}])
@pytest.mark.parametrize("method", ["work", "__getattr__", "unexposed"])
def test_arguments_that_are_no_sequence_are_refused(
    server: Server, guarded: Guarded, args: Any, method: str
) -> None:
    refused(server, "guarded", method, args, {})
    assert guarded.ran == []


@pytest.mark.parametrize("kwargs", [5, "text", [["a", 1]]])
def test_keyword_arguments_that_are_no_map_are_refused(
    server: Server, guarded: Guarded, kwargs: Any
) -> None:
    cls, text = refused(server, "guarded", "work", [], kwargs)
    assert (cls, text) == (
        "Pyro5.errors.SerializeError",
        "malformed call: the keyword arguments are no map",
    )
    assert guarded.ran == []


@pytest.mark.parametrize("args", [[1], [1, 2]])
def test_wrong_arguments_are_the_methods_own_complaint(server: Server, args: list[int]) -> None:
    cls, text = refused(server, "guarded", "work", args, {})
    assert cls == "builtins.TypeError"
    assert "positional argument" in text


# Batches


@pytest.mark.parametrize(
    "calls",
    [
        [["work", [], {}], ["unexposed", [], {}]],
        [["work", [], {}], ["nonsense", [], {}]],
        [["work", [], {}], ["_private", [], {}]],
        [["work", [], {}], ["size", [], {}]],
        [["work", [], {}], ["__getattr__", ["size"], {}]],
        [["work", [], {}], 5],
        [["work", [], {}], ["work", []]],
        [["work", [], {}], [5, [], {}]],
        [["work", [], {}], ["work", 5, {}]],
        [["work", [], {}], ["work", [], [1]]],
        [["work", [], {}], "abc"],
        [["work", [], {}], None],
    ],
)
def test_a_batch_with_one_bad_call_runs_none(
    server: Server, guarded: Guarded, calls: list[Any]
) -> None:
    answer = server.send("guarded", "<batch>", calls, None, flags=Flags.BATCH)
    assert answer is not None
    assert answer.error_map["__exception__"] is True
    assert guarded.ran == []
