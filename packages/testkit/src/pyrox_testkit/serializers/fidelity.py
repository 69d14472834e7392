"""Pyro5's own formats: what the real one writes is read, and the other way round."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from pyrox import Converters, Serializer

from ..apart import apart
from .base import Base, flat
from .compare import same, show
from .samples import FLOATS, INTS, SAMPLES, TEXTS

__all__ = ["Fidelity"]

VALUES: dict[str, Any] = {
    "None": None,
    "True": True,
    "list": [1, [2, [], {}]],
    "dictionary": {"a": {"b": [1, "x"]}},
    **INTS,
    **FLOATS,
    **TEXTS,
    **{name: value for name, (_, value) in SAMPLES.items()},
}
CALLS: list[tuple[Any, Any]] = [
    ((), {}),
    ((5, "x"), {"b": 7}),
    (([1, {"k": "v"}], None), {"größe": [1.5]}),
]
BATCH = [("add", (1,), {"b": 2}), ("zero", (), {})]


class Fidelity(Base):
    """For a serializer that has one of Pyro5's ids."""

    def test_pyro5_and_it_understand_each_other(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        if serializer.id > 4:
            pytest.skip("only the ids 1 to 4 are Pyro5's: there is nothing to compare this with")
        if "pyrox_pyro5.activate" in sys.modules or importlib.util.find_spec("Pyro5") is None:
            pytest.skip("needs Pyro5 itself, to compare with: pip install Pyro5")

        def work() -> None:
            from Pyro5.serializers import serializers

            theirs = serializers[serializer.name]
            wrong = [
                *compare_values(serializer, theirs, converters),
                *compare_calls(serializer, theirs, converters),
            ]
            assert not wrong, "\n".join(wrong)

        apart(work, self._patience)


def compare_values(ours: Serializer, theirs: Any, converters: Converters) -> list[str]:
    """Return what differs in values between the two, in either direction."""
    wrong: list[str] = []
    for name, value in VALUES.items():
        for what, sent in ((name, value), (f"{name}, inside of others", {"k": [[value], 1]})):
            try:
                expected = theirs.loads(theirs.dumps(sent))
            except Exception:
                continue  # what Pyro5 does not send either needs no form of its
            try:
                there = theirs.loads(flat(ours.dumps(sent, converters)))
                if not same(expected, there):
                    wrong.append(
                        f"{what}: {show(sent)} is {show(there)} to Pyro5; from a Pyro5 it would be "
                        f"{show(expected)}"
                    )
                here = ours.loads(theirs.dumps(sent), converters)
                among_us = ours.loads(flat(ours.dumps(sent, converters)), converters)
                if not same(among_us, here):
                    wrong.append(
                        f"{what}: {show(sent)} of Pyro5 is read as {show(here)}; from a pyrox it "
                        f"would be {show(among_us)}"
                    )
            except Exception as error:
                wrong.append(f"{what}: {show(sent)}, which Pyro5 sends, failed: {error!r:.300}")
    return wrong


def compare_calls(ours: Serializer, theirs: Any, converters: Converters) -> list[str]:
    """Return what differs in calls."""
    wrong: list[str] = []
    calls = [("add", args, kwargs) for args, kwargs in CALLS]
    for method, args, kwargs in [*calls, ("<batch>", BATCH, None), ("__getattr__", ("x",), None)]:
        written = flat(ours.dumps_call("object", method, args, kwargs, converters))
        try:
            expected = theirs.dumpsCall("object", method, args, kwargs)
        except Exception:
            continue  # its marshal does not write calls without kwargs
        for reading, read in (
            ("Pyro5", theirs.loadsCall),
            ("it", lambda data: ours.loads_call(data, converters)),
        ):
            found, wanted = read(written), read(expected)
            if not same([*wanted], [*found]):
                wrong.append(
                    f"{method}{args!r} {kwargs!r} is {show(found)} when {reading} reads what it "
                    f"wrote, and {show(wanted)} from Pyro5"
                )
    return wrong
