"""``connect(uri, Interface)``: wrong arguments fail before they travel."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

import pyrox
from pyrox import Daemon, aio


@pyrox.expose
class Shop:
    def __init__(self) -> None:
        self.calls = 0

    def buy(self, *args: Any, **kwargs: Any) -> str:
        self.calls += 1
        return f"{args} {kwargs}"

    def other(self, *args: Any) -> int:
        return len(args)

    @property
    def open(self) -> bool:
        return True


class Buying(Protocol):
    """What a client knows of the shop."""

    def buy(self, name: str, /, count: int = 1, *, express: bool = False) -> str: ...

    @property
    def open(self) -> bool: ...


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def uri(shop: Shop) -> Iterator[str]:
    with Daemon() as daemon:
        yield str(daemon.start().register(shop))


WRONG: Any = pytest.mark.parametrize(
    ("args", "kwargs", "problem"),
    [
        ((), {}, "missing a required"),
        (("tea", 1, 2), {}, "too many positional"),
        (("tea",), {"colour": "red"}, "unexpected keyword argument 'colour'"),
    ],
)


@WRONG
def test_wrong_arguments_never_travel(uri, shop, args, kwargs, problem):
    connected: Any = pyrox.connect(uri, Buying)
    with connected as proxy:
        with pytest.raises(TypeError, match=rf"Buying\.buy\(\): .*{problem}"):
            proxy.buy(*args, **kwargs)
        assert shop.calls == 0
        assert proxy.buy("tea", 2, express=True) == "('tea', 2) {'express': True}"
        assert proxy.open


@WRONG
async def test_they_do_not_from_a_task_either(uri, shop, args, kwargs, problem):
    connected: Any = await aio.connect(uri, Buying)
    async with connected as proxy:
        with pytest.raises(TypeError, match=rf"Buying\.buy\(\): .*{problem}"):
            await proxy.buy(*args, **kwargs)
        assert shop.calls == 0
        assert await proxy.buy("tea", 2, express=True) == "('tea', 2) {'express': True}"


def test_what_the_interface_does_not_have_is_the_daemons_to_judge(uri):
    connected: Any = pyrox.connect(uri, Buying)
    with connected as proxy:
        assert proxy.other(1, 2, 3) == 3


def test_without_an_interface_everything_travels(uri, shop):
    with pyrox.connect(uri) as proxy:
        proxy.buy(1, 2, 3, 4)
    assert shop.calls == 1


def test_static_and_class_methods_have_their_own_signatures(uri):
    class Interface:
        @staticmethod
        def buy(name: str) -> str:
            raise NotImplementedError

        @classmethod
        def other(cls, one: int) -> int:
            raise NotImplementedError

    connected: Any = pyrox.connect(uri, Interface)
    with connected as proxy:
        assert proxy.buy("tea") == "('tea',) {}"
        assert proxy.other(1) == 1
        with pytest.raises(TypeError):
            proxy.buy("tea", 1)
        with pytest.raises(TypeError):
            proxy.other()


def test_the_type_of_an_attribute_is_told(uri):
    with pyrox.Proxy(uri) as proxy:
        assert proxy._pyro.describe()["attributes"]["open"]["annotation"] == "bool"
