"""Calls, handshakes and errors: what pyrox itself sends."""

from __future__ import annotations

from typing import Any

import pytest

import pyrox
from pyrox import Converters, Serializer, remote_traceback

from .base import Base
from .compare import fits, same, show

__all__ = ["Calls"]

ERROR = {
    "__class__": "builtins.ValueError",
    "__exception__": True,
    "args": ("bad", 1),
    "attributes": {"_pyroTraceback": ["Traceback...\n", "ValueError: bad\n"], "code": 7},
}
WRAPPED = {"__class__": "Pyro5.core._ExceptionWrapper", "exception": ERROR}
HANDSHAKES: dict[str, Any] = {
    "hello": "hello",
    "None": None,
    "a dictionary": {"user": "ada", "tries": 3, "tags": ["a", "b"]},
    "a list": ["ada", ["b"], None],
}
META: dict[str, Any] = {
    "methods": {"add", "échelle", "close"},
    "oneway": set(),
    "attrs": {"size"},
    "idempotent": frozenset(["add"]),
}


class Calls(Base):
    """The values that the core gives a serializer, and what it has to get back."""

    @pytest.mark.parametrize("kwargs", [None, {}, {"b": 7}, {"größe": [1], "c": None}], ids=ascii)
    @pytest.mark.parametrize("args", [(), (5,), ("x", None, [1, {"k": "v"}])], ids=["0", "1", "3"])
    def test_a_call_arrives(
        self, serializer: Serializer, converters: Converters, args: Any, kwargs: Any
    ) -> None:
        for given in (args, list(args)):
            call = self._carry_call(serializer, given, kwargs, converters, "größe")
            assert call[:2] == ("object", "größe"), (
                f"object and method arrived as {call[:2]!r} instead of ('object', 'größe')"
            )
            assert isinstance(call[2], list | tuple) and same([*args], [*call[2]]), (
                f"the args {given!r} arrived as {call[2]!r}; a list or a tuple was expected"
            )
            assert same(kwargs, call[3]), (
                f"the kwargs {kwargs!r} arrived as {call[3]!r}: None stays None (attributes and "
                "batches have it), and a dictionary a dictionary"
            )

    def test_a_batch_arrives(self, serializer: Serializer, converters: Converters) -> None:
        calls = [("add", (1, [2]), {"b": 2}), ("zero", (), {}), ("add", ("x",), {})]
        _, method, args, kwargs = self._carry_call(serializer, calls, None, converters, "<batch>")
        assert (method, kwargs) == ("<batch>", None)
        assert isinstance(args, list | tuple) and fits(calls, [*args]), (
            f"the calls of a batch, {calls!r}, arrived as {args!r}; each is a list or a tuple of "
            "method, args and kwargs"
        )

    @pytest.mark.parametrize("args", [("size",), ("size", 9), ("size", None)], ids=repr)
    def test_the_use_of_an_attribute_arrives(
        self, serializer: Serializer, converters: Converters, args: Any
    ) -> None:
        method = "__getattr__" if len(args) == 1 else "__setattr__"
        call = self._carry_call(serializer, args, None, converters, method)
        assert call[1] == method and same([*args], [*call[2]]) and call[3] is None, (
            f"{method} of {args!r}, without kwargs, arrived as {call!r}"
        )

    def test_what_is_no_call_is_refused_as_one(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for value in (None, 1, "text", "four", [], [1, 2, 3], [1, 2, 3, 4, 5], {"object": 1}, {}):
            data = self._written(serializer, value, converters)
            if data is not None:
                try:
                    call = serializer.loads_call(data, converters)
                except Exception as error:
                    self._check_refusal(serializer.name, error)
                else:
                    raise AssertionError(
                        f"loads_call made {call!r:.100} of {value!r}, which is no call; raise a "
                        "SerializeError"
                    )

    # Handshakes

    @pytest.mark.parametrize("name", HANDSHAKES)
    def test_the_opening_of_a_handshake_arrives(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        hello = {"handshake": HANDSHAKES[name], "object": "Pyro.Daemon"}
        arrived = self._travel(serializer, hello, converters)
        assert same(hello, arrived), f"the handshake {hello!r} arrived as {arrived!r}"

    def test_the_answer_to_a_handshake_has_sets_in_it(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for meta in (META, {kind: sorted(names) for kind, names in META.items()}):
            answer = {"handshake": "hello", "meta": meta}
            arrived = self._travel(serializer, answer, converters)
            assert fits(answer, arrived), (
                f"the answer {answer!r} arrived as {show(arrived)}; a set arrives as a set, list "
                "or tuple"
            )
            found = pyrox.Members.of(*map(arrived["meta"].get, META))
            assert found == tuple(map(frozenset, META.values()))

    # Errors

    def test_an_error_as_a_plain_dictionary_arrives_as_the_exception(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for traceback in (["Traceback...\n", "ValueError: bad\n"], None):
            plain = {**ERROR, "attributes": {"_pyroTraceback": traceback, "code": 7}}
            error = self._travel(serializer, plain, converters)
            self._check_error(error)
            told = None if traceback is None else "".join(traceback)
            assert remote_traceback(error) == told, (
                f"the remote traceback {traceback!r} arrived as {remote_traceback(error)!r}"
            )

    def test_an_error_among_the_results_of_a_batch_arrives_apart(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        first, second = self._travel(serializer, [1, WRAPPED], converters)
        assert first == 1
        assert not isinstance(second, dict), (
            "the wrapped error of a batch arrived as a dictionary: pass every dictionary that has "
            "the key __class__ to converters.from_plain"
        )
        self._check_error(second.error)

    def test_an_error_without_a_class_of_its_own_keeps_its_text(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        text = "Error serializing exception: \\ 'x' \n é"
        plain = {**ERROR, "__class__": "Pyro5.errors.PyroError", "args": (text,)}
        error = self._travel(serializer, plain, converters)
        assert type(error) is pyrox.PyroxError and error.args == (text,), f"{error!r} arrived"

    def _check_error(self, error: Any) -> None:
        """See that this is the ValueError that was sent."""
        assert type(error) is ValueError, (
            f"the plain form of a ValueError arrived as {show(error)}: pass every dictionary that "
            "has the key __class__ to converters.from_plain"
        )
        assert error.args == ("bad", 1) and vars(error).get("code") == 7, (
            f"its arguments arrived as {error.args!r} and its attributes as {vars(error)!r}"
        )
