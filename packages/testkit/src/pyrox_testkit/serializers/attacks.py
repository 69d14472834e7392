"""Bytes that strangers may send: damaged, boastful, or made to run code."""

from __future__ import annotations

import marshal
import pickle
import random
import types
from pathlib import Path
from typing import Any

from . import canary
from .compare import show

__all__ = ["APPENDED", "CLAIMS", "attacks", "check_plain", "mutated", "nesting_of"]

APPENDED = [
    b"\0", b"\xff", b"x", b"1", b"0", b"]", b"}", b",", b"\x80", b"\xc0", b"N", b" x", b"\0" * 100,
]  # fmt: skip
"""What belongs to no value when it stands behind one."""
CLAIMS = [
    b"\xff" * 8, b"\xff" * 4, b"\xff" * 2, b"\xff", b"\x7f" + b"\xff" * 7, b"\x7f\xff\xff\xff",
    b"\xff" * 7 + b"\x7f", b"\xff\xff\xff\x7f", b"\x10\x00\x00\x00", b"\x00\x00\x00\x10",
    b"99999999", b"999999999999",
]  # fmt: skip
"""What a number of items or bytes may be replaced by, in either byte order and in digits."""
_PARTS = [
    b"\0" * 4, b"\1\0\0\0", b"\xff\xff\xff\x7f", b"__class__", b"[", b"]", b"{", b"}", b"'", b'"',
    b"\\", b",", b":", b"<", b">", b"\xc1", b"\xdd", b"\xdf", b"\x80", b"\xfb",
]  # fmt: skip
_NO_VALUES = (
    type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.CodeType,
    types.ModuleType, types.FrameType, types.GeneratorType, canary.Canary,
)  # fmt: skip


def check_plain(value: Any, data: bytes) -> None:
    """See that a value is one, all through, and nothing that does something."""
    left = [value]
    seen: set[int] = set()
    while left:
        item = left.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        assert not isinstance(item, _NO_VALUES), (
            f"{data[:60]!r} was read as {show(item)}: nothing but values may come of bytes"
        )
        if isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset):
            left += item


def mutated(data: bytes, generator: random.Random) -> bytes:
    """Return ``data`` with some bytes changed, added or taken away."""
    damaged = bytearray(data)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(damaged) + 1)
        match generator.randrange(5):
            case 0:
                del damaged[at : at + generator.randint(1, 5)]
            case 1:
                damaged[at:at] = generator.choice(_PARTS)
            case 2:
                damaged[at : at + 1] = generator.choice(_PARTS)
            case 3:
                damaged[at:at] = damaged[: generator.randint(1, 20)]
            case 4:
                damaged[at : at + 1] = bytes([generator.randrange(256)])
    return bytes(damaged)


def nesting_of(payloads: list[bytes]) -> tuple[bytes, bytes, bytes, bytes] | None:
    """Return what opens and closes one more level, between what stands before and behind all.

    ``payloads`` are three values, each with one level more than the one before. None where the
    format nests in another way, with lengths for instance.
    """
    first, second, third = payloads
    growth = len(second) - len(first)
    at = next((at for at in range(len(first)) if first[at] != second[at]), len(first))
    middle = second[at : at + growth]
    if growth < 1 or first[:at] + middle + first[at:] != second:
        return None
    for size in range(1, growth + 1):
        opening, closing = middle[:size], middle[size:]
        if first[:at] + opening * 2 + closing * 2 + first[at:] == third:
            return first[:at], opening, closing, first[at:]
    return None


def attacks(secret: Path) -> list[bytes]:
    """Return bytes that make some format wake the canary, read a file, or fill the memory."""
    module = canary.__name__
    tune = f"{module}.sing"
    call = f"__import__('{module}', fromlist=['sing']).sing()"
    code = compile(call, "attack", "eval")
    bird = object.__new__(canary.Canary)
    texts = [
        call,
        f"[{call}]",
        f"{{'__class__': '{module}.Canary'}}",
        f"c{module}\nsing\n(tR.",
        f"!!python/object/apply:{tune} []",
        f"!!python/object/new:{module}.Canary {{}}",
        f"- !!python/object:{module}.Canary {{state: 1}}",
        f'{{"py/object": "{module}.Canary"}}',
        f'{{"py/reduce": [{{"py/function": "{tune}"}}, {{"py/tuple": []}}]}}',
        f'{{"__type__": "{module}.Canary", "__module__": "{module}"}}',
        f'{{"__reduce__": ["{tune}", []]}}',
        f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM '{secret.as_uri()}'>]>"
        "<methodResponse><params><param><value><string>&e;</string></value></param></params>"
        "</methodResponse>",
        f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>{_entities()}]><x>&i;</x>",
        f"a: &a [x,x,x,x,x,x,x,x,x]\n{_anchors()}",
    ]
    return [
        *(text.encode() for text in texts),
        *(pickle.dumps(value, protocol) for value in (bird, [bird]) for protocol in range(6)),
        marshal.dumps(code),
        marshal.dumps([code, {"k": code}]),
    ]


_STEPS = list(zip("abcdefgh", "bcdefghi", strict=True))


def _entities() -> str:
    return "".join(f"<!ENTITY {after} '{f'&{before};' * 10}'>" for before, after in _STEPS)


def _anchors() -> str:
    return "".join(
        f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n" for before, after in _STEPS
    )
