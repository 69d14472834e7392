"""The annotation of a blob: marshal's form, read without marshal."""

import marshal
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrox import SerializeError
from pyrox.values.blob_info import read_blob_info, write_blob_info
from tests.named import by_value

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(info=PLAIN, target=st.text(), method=st.text())
def test_what_was_written_is_read(info: Any, target: str, method: str) -> None:
    assert read_blob_info(write_blob_info(info, target, method)) == (info, target, method)


@pytest.mark.parametrize("version", [2, 3, 4])
def test_every_version_of_the_form_is_read(version: int) -> None:
    shared = ["shared", {"a": {1, 2}}]
    info = (shared, shared, 2**100, -(2**80), 1.5, {3: frozenset([4])}, "é€", b"\0")
    told = (info, "object", sys.intern("method"))
    assert read_blob_info(marshal.dumps(told, version)) == told


def test_what_pyro5_sent_is_read() -> None:
    # Reference 1.19: captured between two Pyro5 peers.
    data = bytes.fromhex("2903da03696e66fa0463616c63da03616464")
    assert read_blob_info(data) == ("inf", "calc", "add")


@pytest.mark.parametrize(
    "value",
    [
        None, "text", ("info", "object"), ("info", 5, "method"), ("info", "object", None),
        ["info", "object", "method"], (compile("1", "x", "eval"), "object", "method"),
    ],
    ids=by_value,
)  # fmt: skip
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(SerializeError, match="malformed info"):
        read_blob_info(marshal.dumps(value))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b")",
        b")\x03",
        b"(\xff\xff\xff\x7f",
        b")\x03" + b"(\x01\0\0\0" * 1000,
        b")\x03r\0\0\0\0z\1oz\1m",
        b")\x03r\xff\xff\xff\xffz\1oz\1m",
        b")\x03<\x01\0\0\0[\0\0\0\0z\1oz\1m",
        b")\x03l\xff\xff\xff\x7f",
        b")\x03{z\1a",
        b"?",
        b")\x03" + b"s\xff\xff\xff\xff",
    ],
)
def test_hostile_bytes_are_refused_quickly(data: bytes) -> None:
    with pytest.raises(SerializeError, match="malformed info"):
        read_blob_info(data)


def test_an_endless_annotation_is_not_read() -> None:
    with pytest.raises(SerializeError, match="at most"):
        read_blob_info(b"x" * 200_000)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        info = read_blob_info(data)
    except SerializeError:
        return
    assert len(info) == 3
