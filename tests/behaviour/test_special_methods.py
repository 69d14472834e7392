"""Python's own syntax on a proxy: len, index, iteration, membership, call and with."""

from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import ObjectServer

pytestmark = pytest.mark.usefixtures("serializer")


@pyrox.expose
class Shelf:
    def __init__(self, *items: Any) -> None:
        self.items = list(items)
        self.asked: list[str] = []

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        self.asked.append("getitem")
        return self.items[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self.items[index] = value

    def __delitem__(self, index: int) -> None:
        del self.items[index]

    def __add__(self, more: int) -> int:
        return len(self.items) + more


@pyrox.expose
class Stock(Shelf):
    def __iter__(self) -> Iterator[Any]:
        self.asked.append("iter")
        return iter(self.items)

    def __contains__(self, item: Any) -> bool:
        self.asked.append("contains")
        return item in self.items


class Greeting:
    @pyrox.expose
    def __call__(self, name: str, *, mark: str = "!") -> str:
        return f"Hello {name}{mark}"


class NotCallable:
    @pyrox.expose
    def name(self) -> str:
        return "x"

    def __call__(self) -> str:
        return "never"


def test_len_of_a_proxy_is_len_of_the_object(serve: ObjectServer) -> None:
    assert len(serve(Shelf(1, 2, 3))) == 3


def test_items_are_read_written_and_deleted_by_index(serve: ObjectServer) -> None:
    shelf = Shelf("a", "b", "c")
    proxy = serve(shelf)
    assert proxy[1] == "b"
    proxy[1] = "B"
    del proxy[0]
    assert shelf.items == ["B", "c"]


@pytest.mark.parametrize("part", [slice(1, 3), slice(None), slice(None, None, -1), slice(-2, None)])
def test_a_slice_is_a_slice_of_the_object(serve: ObjectServer, part: slice) -> None:
    items = ["a", "b", "c", "d"]
    shelf = Shelf(*items)
    proxy = serve(shelf)
    assert proxy[part] == items[part]
    del proxy[part]
    del items[part]
    assert shelf.items == items


def test_a_slice_is_set_in_the_object(serve: ObjectServer) -> None:
    shelf = Shelf("a", "b", "c")
    serve(shelf)[1:] = ["B"]
    assert shelf.items == ["a", "B"]


def test_an_index_out_of_range_raises_the_objects_index_error(serve: ObjectServer) -> None:
    with pytest.raises(IndexError):
        serve(Shelf())[0]


def test_iterating_uses_the_objects_iter(serve: ObjectServer) -> None:
    stock = Stock(3, 1, 2)
    assert list(serve(stock)) == [3, 1, 2]
    assert stock.asked == ["iter"]


def test_iterating_without_iter_goes_by_index(serve: ObjectServer) -> None:
    assert list(serve(Shelf("x", "y"))) == ["x", "y"]


def test_iterating_what_has_neither_is_a_type_error(serve: ObjectServer) -> None:
    with pytest.raises(TypeError, match="exposes no __iter__"):
        iter(serve(NotCallable()))


def test_membership_uses_the_objects_contains(serve: ObjectServer) -> None:
    stock = Stock(1, 2)
    proxy = serve(stock)
    assert 2 in proxy
    assert 3 not in proxy
    assert stock.asked == ["contains", "contains"]


def test_membership_without_contains_goes_through_the_items(serve: ObjectServer) -> None:
    proxy = serve(Shelf("x", "y"))
    assert "y" in proxy
    assert "z" not in proxy


def test_a_proxy_is_called_where_call_is_exposed_by_itself(serve: ObjectServer) -> None:
    proxy = serve(Greeting())
    assert proxy("Ada") == "Hello Ada!"
    assert proxy("Ada", mark="?") == "Hello Ada?"


def test_a_call_method_that_is_not_exposed_is_private(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="__call__"):
        serve(NotCallable())()


def test_a_proxy_is_true_whatever_the_objects_length(serve: ObjectServer) -> None:
    shelf = Shelf()
    assert bool(serve(shelf)) is True


def test_other_special_methods_are_called_by_their_names(serve: ObjectServer) -> None:
    proxy = serve(Shelf(1, 2))
    assert len(proxy) == 2
    assert proxy.__add__(5) == 7


def test_a_with_block_releases_the_connection_at_its_end(serve: ObjectServer) -> None:
    with serve(Shelf(1)) as proxy:
        assert len(proxy) == 1
        assert proxy._pyro.connected
    assert not proxy._pyro.connected


def test_a_with_block_does_not_swallow_exceptions(serve: ObjectServer) -> None:
    with pytest.raises(IndexError), serve(Shelf()) as proxy:
        proxy[0]
    assert not proxy._pyro.connected


def test_a_released_proxy_connects_again_when_it_is_used(serve: ObjectServer) -> None:
    with serve(Shelf(1)) as proxy:
        len(proxy)
    assert len(proxy) == 1
