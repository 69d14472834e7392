"""Bytes from strangers: a value comes of them, or an exception; nothing else."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pyrox import Converters, Serializer

from ..apart import apart
from . import canary
from .attacks import APPENDED, CLAIMS, attacks, check_plain, mutated, nesting_of
from .base import Base, Point, flat, nested
from .compare import same, show

__all__ = ["Hostile"]

MEMORY = 64 * 1024 * 1024
"""How much memory a few hundred kilobytes of whatever content may take, in bytes."""
MESSAGE = 1000
"""How long the words of a refusal may be; they may be sent to the other side."""

SMALL: dict[str, Any] = {
    "list": ["calc", [5, -1.5, "žluť"], {"b": 7, "c": None}, True],
    "dictionary": {"k": [True, {"m": "x" * 40}], "n": 123456, "text": "a\\'\"b"},
    "error": {
        "__class__": "builtins.ValueError", "__exception__": True, "args": ["a"], "attributes": {},
    },
    "object": [Point(1, Point("two", None))],
}  # fmt: skip
PAYLOADS = [*SMALL, "call"]
LONG: dict[str, Any] = {
    "long list": [0] * 70_000,
    "long text": ["t" * 70_000],
    "long bytes": [b"b" * 70_000],
    "large dictionary": {f"{number}": None for number in range(70_000)},
    "large int": [2**2000],
    "long tuple": (1,) * 70_000,
    "short": ["a", [1, 2], {"k": "v"}, "žluť"],
    "short bytes": [b"bytes"],
}

Loads = Callable[[bytes, Converters], Any]


class Read(NamedTuple):
    """What came of bytes: a value, or an error."""

    value: Any
    error: Exception | None

    def is_refused(self) -> bool:
        """Tell whether nothing came of them."""
        return self.error is not None


class Hostile(Base):
    """Whatever arrives, loads and loads_call end soon, in a value or in an exception."""

    def test_nothing_is_no_value(self, serializer: Serializer, converters: Converters) -> None:
        for load in (serializer.loads, serializer.loads_call):
            assert self._read(load, b"", converters).is_refused(), (
                f"{load.__name__} made a value of no bytes; refuse them"
            )

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_a_payload_that_was_cut_short_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        data, load = self._payload(serializer, converters, name)
        whole = load(data, converters)

        def work() -> None:
            for end in range(len(data)):
                found = self._read(load, data[:end], converters)
                assert found.is_refused() or same(whole, found.value), (
                    f"the first {end} of {len(data)} bytes, up to {data[:end][-60:]!r}, were read "
                    f"as {show(found.value)}; refuse what is not complete"
                )

        apart(work, self._patience)

    @pytest.mark.parametrize("name", PAYLOADS)
    def test_bytes_behind_a_value_are_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        data, load = self._payload(serializer, converters, name)
        whole = load(data, converters)

        def work() -> None:
            for more in (*APPENDED, data, data[:1], data[len(data) // 2 :]):
                assert self._read(load, data + more, converters).is_refused(), (
                    f"{more[:20]!r} behind a value was passed over; refuse bytes that belong to no "
                    "value: the sender meant something else than what was read"
                )
            for blank in (b" ", b"\n"):
                found = self._read(load, data + blank, converters)
                assert found.is_refused() or same(whole, found.value), (
                    f"with {blank!r} behind it, a value was read as {show(found.value)}"
                )

        apart(work, self._patience)

    def test_damaged_payloads_are_read_or_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        generator = random.Random(22)
        payloads = [self._payload(serializer, converters, name)[0] for name in PAYLOADS]
        damaged = (mutated(generator.choice(payloads), generator) for _ in range(2000))
        self._feed(serializer, converters, damaged)

    def test_payloads_with_other_bits_are_read_or_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        data, _ = self._payload(serializer, converters, "list")
        flipped = (
            data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            for at in range(len(data))
            for bit in range(8)
        )
        self._feed(serializer, converters, flipped)

    def test_random_bytes_are_read_or_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        generator = random.Random(23)
        data, _ = self._payload(serializer, converters, "list")

        def noise() -> Iterator[bytes]:
            yield from (bytes([first]) for first in range(256))
            for _ in range(500):
                start = generator.choice([0, generator.randrange(len(data))])
                yield data[:start] + generator.randbytes(generator.randrange(1, 60))

        self._feed(serializer, converters, noise())

    @pytest.mark.parametrize("name", LONG)
    def test_a_large_claim_takes_no_memory(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        data = (self._written(serializer, LONG[name], converters) or b"")[:300]
        claiming = (
            data[:at] + claim + data[at + len(claim) :]
            for at in range(min(len(data), 40))
            for claim in CLAIMS
        )
        self._feed(serializer, converters, claiming)

    def test_large_claims_inside_each_other_take_no_memory(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        data = flat(serializer.dumps([0] * 30_000, converters))
        item = len(flat(serializer.dumps([0] * 30_001, converters))) - len(data)
        head = next(
            (at for at in range(64) if data[at : at + 64] == data[at + item : at + item + 64]), 0
        )
        repeated = [data[:head] * times + data[head:] for times in (50, 400)]
        self._feed(serializer, converters, repeated)

    @pytest.mark.parametrize("kind", [list, dict])
    def test_deep_bytes_are_read_or_refused(
        self, serializer: Serializer, converters: Converters, kind: type
    ) -> None:
        shallow = [flat(serializer.dumps(nested(n, kind), converters)) for n in (10, 11, 12)]
        contents = [bytes([byte]) * 3000 for byte in range(256)]
        if (found := nesting_of(shallow)) is not None:
            head, opening, closing, tail = found
            for depth in (300, 501, 1000, 3000, 10_000):
                inside = opening * depth, closing * depth
                contents += [head + b"".join(inside) + tail, head + inside[0], *inside]

        def work() -> None:
            for data in contents:
                self._read(serializer.loads, data, converters)
                self._read(serializer.loads_call, data, converters)

        apart(lambda: self._in_a_thread_too(work), self._patience)

    def test_no_code_runs_and_no_object_is_made(
        self, serializer: Serializer, converters: Converters, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret"
        secret.write_text("hush-hush", encoding="ascii")

        def work() -> None:
            for data in attacks(secret):
                for load in (serializer.loads, serializer.loads_call):
                    canary.awake.clear()
                    found = self._read(load, data, converters)
                    assert not canary.awake, (
                        f"{data[:100]!r} made {load.__name__} run what a stranger chose "
                        f"({canary.awake[0]}): nothing that arrives may do that"
                    )
                    assert "hush-hush" not in show(found.value), (
                        f"{data[:100]!r} made {load.__name__} read a file"
                    )

        apart(work, self._patience)

    def test_a_refusal_does_not_repeat_what_arrived(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        secret = b"hunter2 " * 5000
        data, _ = self._payload(serializer, converters, "list")
        for content in (secret, b"c" + secret, data + secret, data[:-1] + secret, b'"' + secret):
            for load in (serializer.loads, serializer.loads_call):
                error = self._read(load, content, converters).error
                size = len(str(error))
                assert size < MESSAGE, (
                    f"the refusal of {len(content)} bytes has {size} characters; it may be logged "
                    f"and sent back: keep it below {MESSAGE}, and do not quote what arrived"
                )

    # Helpers

    def _payload(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> tuple[bytes, Loads]:
        """Return the bytes of a value or of a call, and what reads them."""
        if name == "call":
            call = serializer.dumps_call("calc", "add", (5, "x"), {"b": [7]}, converters)
            return flat(call), serializer.loads_call
        return flat(serializer.dumps(SMALL[name], converters)), serializer.loads

    def _read(self, load: Loads, data: bytes, converters: Converters) -> Read:
        """Return what comes of ``data``, after a look at it."""
        try:
            value = load(data, converters)
        except Exception as error:
            self._check_refusal(load.__name__, error, data)
            return Read(None, error)
        except BaseException as error:
            raise AssertionError(
                f"{data[:60]!r} ({len(data)} bytes) raised {type(error).__name__}, which is no "
                "Exception and may end the program; let loads raise a SerializeError"
            ) from error
        check_plain(value, data)
        return Read(value, None)

    def _feed(
        self, serializer: Serializer, converters: Converters, contents: Iterable[bytes]
    ) -> None:
        """Read all of these; see that each ends well and none takes much memory."""

        def work() -> None:
            tracemalloc.start()
            try:
                for data in contents:
                    for load in (serializer.loads, serializer.loads_call):
                        tracemalloc.reset_peak()
                        error = self._read(load, data, converters).error
                        peak = tracemalloc.get_traced_memory()[1]
                        assert peak < MEMORY and not out_of_memory(error), (
                            f"{data[:60]!r} ({len(data)} bytes) made {load.__name__} take "
                            f"{peak >> 20} MB of memory, or ask for more than there is: check a "
                            "length that is announced against the bytes that are there"
                        )
            finally:
                tracemalloc.stop()

        apart(work, self._patience)


def out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an exception, or what led to it, is a MemoryError."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
