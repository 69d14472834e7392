"""Memory for large messages: zeroed or used again, and never shared."""

import ctypes
import mmap

import pytest

from pyrox.wire import buffers
from pyrox.wire.buffers import give_back, take

LARGE = 1024 * 1024


@pytest.fixture(autouse=True)
def _no_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "_spares", [])


def owner(view: memoryview) -> mmap.mmap:
    assert isinstance(view.obj, mmap.mmap)
    return view.obj


@pytest.mark.parametrize("size", [0, 1, 40, 128 * 1024, 128 * 1024 + 1, LARGE, LARGE + 1])
def test_memory_is_writable_and_of_the_size_asked_for(size: int) -> None:
    view = take(size)
    assert len(view) == size
    assert not view.readonly
    view[:] = b"x" * size
    assert view == b"x" * size


def test_two_messages_never_share_memory() -> None:
    first, second = take(LARGE), take(LARGE)
    first[:] = b"1" * LARGE
    second[:] = b"2" * LARGE
    assert first == b"1" * LARGE


def test_large_memory_that_is_given_back_is_used_again() -> None:
    view = take(LARGE)
    kept = id(owner(view))
    give_back(view)
    assert id(owner(take(LARGE - 5000))) == kept


def test_memory_that_is_too_small_is_not_used_again() -> None:
    give_back(take(LARGE))
    assert len(take(4 * LARGE)) == 4 * LARGE


def test_memory_that_somebody_still_sees_is_not_used_again() -> None:
    view = take(LARGE)
    kept = view[:1000]
    kept[:] = b"k" * 1000
    give_back(view)
    take(LARGE)[:] = bytes(LARGE)
    assert kept == b"k" * 1000


@pytest.mark.parametrize("size", [100, LARGE])
def test_memory_that_an_array_keeps_stays_as_it_is(size: int) -> None:
    view = take(size)
    view[:5] = b"hello"
    export = (ctypes.c_char * 5).from_buffer(view)
    give_back(view)
    take(size)[:] = bytes(size)
    assert export.raw == b"hello"


def test_small_memory_is_not_kept() -> None:
    give_back(take(100))
    assert buffers._spares == []


def test_no_more_than_a_few_pieces_are_kept() -> None:
    views = [take(LARGE) for _ in range(10)]
    for view in views:
        give_back(view)
    assert len(buffers._spares) == 4


def test_huge_memory_is_not_kept() -> None:
    give_back(take(17 * LARGE))
    assert buffers._spares == []


def test_what_was_given_back_cannot_be_read_any_more() -> None:
    view = take(LARGE)
    give_back(view)
    with pytest.raises(ValueError, match="released"):
        view[0]
