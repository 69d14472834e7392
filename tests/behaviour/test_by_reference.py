"""``by_reference(object)``: it travels as a proxy, and nobody has to think of a daemon."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Daemon, Proxy, aio, by_reference
from tests.behaviour.objects import eventually
from tests.threaded import ThreadedDaemon, daemon_of_kind


@pyrox.expose
class Robot:
    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name


@pyrox.expose
class Factory:
    def build(self, name: str) -> Any:
        return by_reference(Robot(name))

    def build_many(self, count: int) -> Any:
        return {"robots": [by_reference(Robot(str(number))) for number in range(count)]}

    def greet(self, robot: Any) -> str:
        return f"Hello, {robot.name()}."


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def daemon(request: pytest.FixtureRequest) -> Iterator[Any]:
    daemon = daemon_of_kind(request.param)
    daemon.register(Factory(), "factory")
    daemon.start()
    yield daemon
    daemon.close()


@pytest.fixture
def factory(daemon: Any) -> Iterator[Proxy]:
    with Proxy(f"PYRO:factory@{daemon.location}") as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def no_daemon_is_left() -> Iterator[None]:
    yield
    pyrox.background_daemon().close()


def test_a_result_is_a_proxy(factory: Proxy) -> None:
    with factory.build("Marvin") as robot:
        assert isinstance(robot, Proxy)
        assert robot.name() == "Marvin"


def test_results_inside_of_containers_are(factory: Proxy) -> None:
    robots = factory.build_many(3)["robots"]
    assert [robot.name() for robot in robots] == ["0", "1", "2"]
    for robot in robots:
        robot._pyro.release()


def test_it_is_served_until_the_callers_connection_ends(factory: Proxy, daemon: Any) -> None:
    robot = factory.build("Marvin")
    assert robot.name() == "Marvin"
    factory._pyro.release()
    eventually(lambda: len(daemon.objects) == 2)  # the daemon's own, and the factory
    robot._pyro.release()
    with pytest.raises(pyrox.CommunicationError, match="unknown object"):
        robot.name()


def test_an_argument_is_a_proxy_for_the_server(factory: Proxy, daemon: Any) -> None:
    if isinstance(daemon, ThreadedDaemon):
        pytest.skip("there it is a proxy to be awaited")
    assert factory.greet(by_reference(Robot("Ada"))) == "Hello, Ada."


def test_what_is_served_already_stays_as_it_is(daemon: Any) -> None:
    robot = Robot("Ada")
    with Daemon() as other:
        uri = other.register(robot, "ada")
        assert by_reference(robot) is robot
        assert other.uri_for(robot) == uri


def test_asyncio_has_it_too() -> None:
    assert aio.by_reference is by_reference


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_serves_its_own() -> None:
    by_reference(Robot("parent"))
    child = os.fork()
    if not child:
        by_reference(Robot("child"))
        served = [type(each) for each in pyrox.background_daemon().objects.values()]
        os._exit(0 if served.count(Robot) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
