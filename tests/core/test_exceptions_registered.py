"""Exceptions of one's own: with their class known at both ends they arrive as themselves."""

import pickle
from typing import Any

import pytest

from pyrox import Converters, RemoteError, SerializeError, expose, remote_traceback
from tests.core.client import Client
from tests.core.dispatch.objects import OwnError
from tests.core.dispatch.server import Server


class SoldOut(Exception):
    left = 0

    def refill(self) -> str:
        return "refilled"

    @property
    def article(self) -> Any:
        return self.args[0]


class Picky(Exception):
    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)


@expose
class Shop:
    def __init__(self) -> None:
        self.error: Exception = SoldOut("tea")

    def buy(self) -> None:
        raise self.error


@pytest.fixture
def converters() -> Converters:
    return Converters()


def travelled(converters: Converters, error: Exception) -> Any:
    return converters.from_plain(converters.to_plain(error))


def test_a_registered_exception_arrives_with_its_arguments(converters: Converters) -> None:
    converters.register(SoldOut)
    found = travelled(converters, SoldOut("tea", 5))
    assert type(found) is SoldOut
    assert found.args == ("tea", 5)


def test_attributes_come_along_even_where_the_class_has_a_default(converters: Converters) -> None:
    converters.register(SoldOut)
    error = SoldOut("tea")
    error.left, error.until = 3, "noon"  # type: ignore[attr-defined]
    found = travelled(converters, error)
    assert (found.left, found.until) == (3, "noon")
    assert travelled(converters, SoldOut("tea")).left == 0


@pytest.mark.parametrize("name", ["refill", "article", "args", "with_traceback", "__class__"])
def test_methods_and_properties_are_not_replaced(converters: Converters, name: str) -> None:
    converters.register(SoldOut, name="SoldOut")
    found = converters.from_plain({
        "__class__": "SoldOut", "__exception__": True, "args": ["tea"], "attributes": {name: "x"},
    })  # fmt: skip
    assert type(found) is SoldOut
    assert (found.args, found.article, found.refill()) == (("tea",), "tea", "refilled")
    assert vars(found) == {}


def test_a_registered_exception_may_have_another_name(converters: Converters) -> None:
    converters.register(SoldOut, name="shop.SoldOut")
    plain = converters.to_plain(SoldOut("tea"))
    assert plain["__class__"] == "shop.SoldOut"
    assert type(converters.from_plain(plain)) is SoldOut


def test_a_class_that_takes_its_arguments_otherwise_says_how(converters: Converters) -> None:
    converters.register(Picky)
    assert type(travelled(converters, Picky(reason="no"))) is RemoteError
    converters.register(
        Picky, lambda error: {"reason": error.args[0]}, lambda values: Picky(**values)
    )
    found = travelled(converters, Picky(reason="no"))
    assert type(found) is Picky
    assert found.args == ("no",)


def test_a_registration_is_taken_back(converters: Converters) -> None:
    converters.register(SoldOut)
    converters.unregister(SoldOut)
    assert type(travelled(converters, SoldOut("tea"))) is RemoteError


def test_a_malformed_one_is_refused(converters: Converters) -> None:
    converters.register(SoldOut, name="SoldOut")
    with pytest.raises(SerializeError, match="malformed exception 'SoldOut'"):
        converters.from_plain({"__class__": "SoldOut", "args": 5})


# From a daemon to its client


def raised(server: Server, client: Client) -> Exception:
    client.server = server
    client.connect("shop")
    with pytest.raises(Exception) as caught:
        client.call_object("shop", "buy", [], {}, 0)
    return caught.value


@pytest.mark.parametrize("custom", [False, True], ids=["as it is", "converted"])
def test_a_registered_exception_arrives_with_its_remote_traceback(custom: bool) -> None:
    server, client = Server({"shop": Shop()}), Client()
    for converters in (server.converters, client.converters):
        if custom:
            converters.register(
                SoldOut, lambda error: {"args": error.args}, lambda values: SoldOut(*values["args"])
            )
        else:
            converters.register(SoldOut)
    error = raised(server, client)
    assert type(error) is SoldOut
    assert error.args == ("tea",)
    assert "in buy" in str(remote_traceback(error))


def test_an_exception_that_only_the_daemon_knows_arrives_with_its_name() -> None:
    server = Server({"shop": Shop()})
    server.converters.register(SoldOut, name="shop.SoldOut")
    error = raised(server, Client())
    assert type(error) is RemoteError
    assert error.remote_class == "shop.SoldOut"
    assert "in buy" in str(remote_traceback(error))


def test_an_exception_that_only_the_client_knows_arrives_as_itself() -> None:
    client = Client()
    client.converters.register(SoldOut)
    assert type(raised(Server({"shop": Shop()}), client)) is SoldOut


def test_an_exception_that_travelled_can_be_pickled() -> None:
    shop = Shop()
    shop.error = OwnError("bad")
    error = raised(Server({"shop": shop}), Client())
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
