"""Reading and writing exposed properties through a proxy."""

from collections.abc import Iterator

import pytest

import pyrox
from tests.behaviour.conftest import ObjectServer

pytestmark = pytest.mark.usefixtures("serializer")


class Thermostat:
    def __init__(self) -> None:
        self._target = 20.0
        self._secret = "old"

    @property
    def target(self) -> float:
        return self._target

    @target.setter
    def target(self, value: float) -> None:
        if value > 30:
            raise ValueError(f"too hot: {value}")
        self._target = value

    pyrox.expose(target)

    @pyrox.expose  # type: ignore[prop-decorator]
    @property
    def unit(self) -> str:
        return "C"

    @property
    def hidden(self) -> str:
        return "hidden"

    @property
    @pyrox.expose
    def broken(self) -> str:
        raise RuntimeError("sensor lost")

    @property
    @pyrox.expose
    def history(self) -> Iterator[float]:
        yield from (18.0, 19.0, 20.0)

    @pyrox.expose
    def describe(self) -> str:
        return f"{self._target}{self.unit}"


def test_a_property_is_read_as_an_attribute(serve: ObjectServer) -> None:
    assert serve(Thermostat()).target == 20.0


def test_a_property_is_written_as_an_attribute(serve: ObjectServer) -> None:
    thermostat = Thermostat()
    proxy = serve(thermostat)
    proxy.target = 22.5
    assert proxy.target == 22.5
    assert thermostat._target == 22.5


def test_an_augmented_assignment_reads_and_writes(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    proxy.target += 1
    assert proxy.target == 21.0


def test_what_the_setter_raises_reaches_the_caller(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    with pytest.raises(ValueError, match="too hot: 99"):
        proxy.target = 99
    assert proxy.target == 20.0


def test_what_the_getter_raises_reaches_the_caller(serve: ObjectServer) -> None:
    with pytest.raises(RuntimeError, match="sensor lost"):
        _ = serve(Thermostat()).broken


def test_a_property_without_a_setter_is_read_only(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    with pytest.raises(AttributeError, match="'unit': it is read-only"):
        proxy.unit = "F"
    assert proxy.unit == "C"


def test_an_unexposed_property_can_be_neither_read_nor_written(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    with pytest.raises(AttributeError, match="hidden"):
        _ = proxy.hidden
    with pytest.raises(AttributeError, match="hidden"):
        proxy.hidden = "seen"


def test_assigning_an_unknown_name_is_refused_rather_than_kept_locally(
    serve: ObjectServer,
) -> None:
    with pytest.raises(AttributeError, match="has no exposed attribute 'targte'"):
        serve(Thermostat()).targte = 1


def test_a_method_cannot_be_assigned(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    with pytest.raises(AttributeError, match="describe"):
        proxy.describe = None
    with pytest.raises(AttributeError, match="describe"):
        proxy._pyro.set("describe", None)
    assert proxy.describe() == "20.0C"


def test_the_getter_of_an_unexposed_property_never_runs(serve: ObjectServer) -> None:
    ran: list[str] = []

    class Watchful(Thermostat):
        @property
        def trap(self) -> str:
            ran.append("trap")
            return "trapped"

    proxy = serve(Watchful())
    for ask in (
        lambda: proxy.trap,
        lambda: proxy._pyro.get("trap"),
        lambda: proxy._pyro.call("trap", (), {}),
    ):
        with pytest.raises(AttributeError):
            ask()
    assert ran == []


def test_a_property_that_gives_an_iterator_is_streamed(serve: ObjectServer) -> None:
    assert list(serve(Thermostat()).history) == [18.0, 19.0, 20.0]


def test_hasattr_tells_exposed_from_unexposed(serve: ObjectServer) -> None:
    proxy = serve(Thermostat())
    assert hasattr(proxy, "target")
    assert hasattr(proxy, "describe")
    assert not hasattr(proxy, "hidden")
    assert not hasattr(proxy, "nonsense")
