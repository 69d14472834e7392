"""Names that published programs use, though Pyro5's manual does not tell of them."""

import importlib
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import serializers, server, svr_threads
from pyrox_pyro5.api import (
    Daemon,
    DaemonObject,
    Proxy,
    behavior,
    config,
    expose,
    register_dict_to_class,
    unregister_dict_to_class,
)

Run = Callable[[Daemon], Daemon]


@expose
@behavior(instance_mode="single")
class Single:
    def who(self) -> str:
        return "single"


@expose
class Session:
    def who(self) -> str:
        return "session"


def test_serpent_can_be_taken_from_the_serializers() -> None:
    assert serializers.serpent.tobytes({"data": "YWRh", "encoding": "base64"}) == b"ada"


def test_a_thread_daemon_has_a_place_for_a_housekeeper() -> None:
    with Daemon() as daemon:
        server: Any = daemon.transportServer
        if server.housekeeper:
            server.housekeeper.waittime = 20
        server.housekeeper = None


def test_a_multiplex_daemon_has_none() -> None:
    config.SERVERTYPE = "multiplex"
    with Daemon() as daemon:
        assert not hasattr(daemon.transportServer, "housekeeper")


def test_a_daemon_may_refuse_an_instance_to_its_caller(run: Run, server_type: str) -> None:
    class Lockable(Daemon):
        locked = False

        def _getInstance(self, clazz: type, conn: Any) -> Any:
            if self.locked:
                raise ConnectionRefusedError(f"locked for {conn.family()}")
            return super()._getInstance(clazz, conn)

    daemon = Lockable()
    run(daemon)
    with Proxy(daemon.register(Single)) as proxy, Proxy(daemon.register(Session)) as other:
        assert (proxy.who(), other.who()) == ("single", "session")
        daemon.locked = True
        with pytest.raises(ConnectionRefusedError, match=r"^locked for IPv4$"):
            proxy.who()
        daemon.locked = False
        assert (proxy.who(), other.who()) == ("single", "session")


def test_a_daemon_shows_the_instances_of_its_classes(run: Run, server_type: str) -> None:
    left: list[list[type]] = []
    gone = threading.Event()

    class Watching(Daemon):
        def clientDisconnect(self, conn: Any) -> None:
            left.append(list(conn.pyroInstances))
            gone.set()

    daemon = run(Watching())
    with Proxy(daemon.register(Single)) as proxy:
        proxy.who()
        assert [type(each) for each in daemon._pyroInstances.values()] == [Single]
    assert gone.wait(10)
    with Proxy(daemon.register(Session)) as proxy:
        gone.clear()
        proxy.who()
    assert gone.wait(10)
    assert left == [[], [Session]]


def test_a_daemon_object_may_tell_other_members(run: Run, server_type: str) -> None:
    class Telling(DaemonObject):
        def get_metadata(self, objectId: str) -> dict[str, Any]:
            told = super().get_metadata(objectId)
            return {**told, "methods": {*told["methods"], "more"}}

    with Proxy(run(Daemon(interface=Telling)).register(Single)) as proxy:
        proxy._pyroBind()
        assert proxy._pyroMethods == {"who", "more"}


def test_a_class_will_do_for_the_name_of_one_although_nothing_comes_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "Pyro5.serializers")
    register_dict_to_class(Single, lambda name, values: Single())  # type: ignore[arg-type]
    assert "give a name" in caplog.text
    for _ in range(2):
        unregister_dict_to_class(Single)  # type: ignore[arg-type]


def test_the_exposed_members_of_a_class_can_be_asked_for() -> None:
    members = {"methods": {"who"}, "oneway": set(), "attrs": set()}
    assert server._get_exposed_members(Single, only_exposed=True) == members
    assert server._get_exposed_members(Single()) == members


@pytest.mark.parametrize(
    ("module", "name"),
    {
        "client": "Pyro5.client",
        "core": "Pyro5.core",
        "nameserver": "Pyro5.naming",
        "protocol": "Pyro5.protocol",
        "serializers": "Pyro5.serializers",
        "server": "Pyro5.server",
        "svr_existingconn": "Pyro5.existingconnectionserver",
        "svr_multiplex": "Pyro5.multiplexserver",
        "svr_threads": "Pyro5.threadpoolserver",
    }.items(),
)
def test_modules_have_the_loggers_of_pyro5(module: str, name: str) -> None:
    assert importlib.import_module(f"pyrox_pyro5.{module}").log is logging.getLogger(name)


@pytest.mark.parametrize("module", ["client", "core", "nameserver", "server"])
def test_modules_are_found_in_those_that_import_them_in_pyro5(module: str) -> None:
    found = importlib.import_module(f"pyrox_pyro5.{module}")
    assert found.socketutil is importlib.import_module("pyrox_pyro5.socketutil")
    assert not hasattr(found, "translation_of_nothing")


def test_the_error_of_a_full_pool_can_be_named() -> None:
    assert issubclass(svr_threads.NoFreeWorkersError, svr_threads.PoolError)


@pytest.mark.parametrize("module", ["errors", "warnings", "log"])
def test_what_the_server_imports_can_be_taken_from_there(module: str) -> None:
    assert hasattr(server, module)
