"""Daemons: places, objects, serving. Reference 3.5."""

import gc
import ipaddress
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import URI, Daemon, DaemonObject, Proxy, config, expose

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]


@expose
class Thing:
    def __init__(self, name: str = "thing") -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def echo(self, value: Any) -> Any:
        return value

    def fail(self, text: str) -> None:
        raise ValueError(text)

    def another(self, name: str) -> Any:
        thing = Thing(name)
        self._pyroDaemon.register(thing)  # type: ignore[attr-defined]
        return thing

    def same(self, thing: Any) -> bool:
        return thing is self


@pytest.fixture
def idle() -> Any:
    """A daemon that does not serve."""
    with Daemon() as daemon:
        yield daemon


# Where it listens


def test_a_daemon_listens_at_the_configured_host(idle: Daemon) -> None:
    assert idle.locationStr.startswith(f"{config.HOST}:")
    assert int(idle.locationStr.rpartition(":")[2]) > 0
    assert idle.natLocationStr is None


def test_the_location_has_the_host_as_it_was_given() -> None:
    with Daemon(host="127.0.0.1") as daemon:
        assert daemon.locationStr.startswith("127.0.0.1:")
    with Daemon(host=ipaddress.ip_address("127.0.0.1")) as daemon:
        assert daemon.locationStr.startswith("127.0.0.1:")


@pytest.mark.parametrize("host", ["", "0.0.0.0"])
def test_a_daemon_on_all_interfaces_says_one_that_others_can_reach(host: str) -> None:
    # Reference 6.8: Pyro5's URIs said 0.0.0.0.
    with Daemon(host=host) as daemon:
        assert daemon.sock.getsockname()[0] == "0.0.0.0"
        assert not daemon.locationStr.startswith("0.0.0.0:")
        assert str(daemon.uriFor("x")) == f"PYRO:x@{daemon.locationStr}"


def test_a_daemon_behind_a_router_has_two_locations() -> None:
    with Daemon(nathost="nat.example", natport=12345) as daemon:
        assert daemon.natLocationStr == "nat.example:12345"
        assert daemon.uriFor("x").location == "nat.example:12345"
        assert daemon.uriFor("x", nat=False).location == daemon.locationStr


def test_natport_0_is_the_daemons_own_port() -> None:
    with Daemon(nathost="nat.example", natport=0) as daemon:
        assert daemon.natLocationStr is not None
        assert daemon.natLocationStr.rpartition(":")[2] == daemon.locationStr.rpartition(":")[2]


def test_the_settings_say_where_a_daemon_is_from_outside() -> None:
    config.NATHOST, config.NATPORT = "nat.example", 77
    with Daemon() as daemon:
        assert daemon.natLocationStr == "nat.example:77"


def test_an_ipv6_nat_host_gives_uris_that_can_be_read() -> None:
    # Reference 9.3-13: Pyro5's were unparsable.
    with Daemon(nathost="2001:db8::1", natport=5) as daemon:
        assert str(daemon.uriFor("x")) == "PYRO:x@[2001:db8::1]:5"
        assert daemon.uriFor("x").host == "2001:db8::1"


def test_natport_needs_a_nathost() -> None:
    with pytest.raises(ValueError, match="must provide natport with nathost"):
        Daemon(natport=5)


def test_an_unknown_server_type_is_refused() -> None:
    config.SERVERTYPE = "quantum"
    with pytest.raises(errors.PyroError, match="invalid server type 'quantum'"):
        Daemon()


@pytest.mark.parametrize(
    ("size", "least", "text"),
    [
        (0, 1, "threadpool sizes must be greater than zero"),
        (5, 0, "threadpool sizes must be greater than zero"),
        (2, 3, "minimum threadpool size must be less than or equal to max size"),
    ],
)
def test_impossible_pool_sizes_are_refused(size: int, least: int, text: str) -> None:
    config.THREADPOOL_SIZE, config.THREADPOOL_SIZE_MIN = size, least
    with pytest.raises(ValueError, match=text):
        Daemon()


def test_the_repr_names_place_and_family(idle: Daemon) -> None:
    text = repr(idle)
    assert text.startswith("<Pyro5.server.Daemon at 0x")
    assert f"; {idle.locationStr} - IPv4; 1 objects>" in text


# Objects


def test_a_registered_object_knows_its_id_and_its_daemon(idle: Daemon) -> None:
    thing = Thing()
    uri = idle.register(thing)
    assert isinstance(uri, URI)
    assert thing._pyroId == uri.object  # type: ignore[attr-defined]
    assert uri.object.startswith("obj_")
    assert len(uri.object) == 4 + 32
    assert thing._pyroDaemon.locationStr == idle.locationStr  # type: ignore[attr-defined]
    assert idle.objectsById[uri.object] is thing


def test_a_registered_object_has_the_id_that_was_asked_for(idle: Daemon) -> None:
    assert str(idle.register(Thing(), "my.thing")) == f"PYRO:my.thing@{idle.locationStr}"


def test_nothing_is_registered_twice(idle: Daemon) -> None:
    thing = Thing()
    idle.register(thing, "one")
    with pytest.raises(errors.DaemonError, match="object or class already has a Pyro id"):
        idle.register(thing, "two")
    with pytest.raises(
        errors.DaemonError, match="an object or class is already registered with that id"
    ):
        idle.register(Thing(), "one")
    assert idle.register(thing, "two", force=True).object == "two"


def test_an_id_is_a_str(idle: Daemon) -> None:
    with pytest.raises(TypeError):
        idle.register(Thing(), 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["with space", "a@b"])
def test_an_id_that_would_spoil_the_uri_registers_nothing(idle: Daemon, wrong: str) -> None:
    # Reference 9.3-13: Pyro5 raised, and left the object registered.
    with pytest.raises(errors.PyroError):
        idle.register(Thing(), wrong)
    assert list(idle.objectsById) == ["Pyro.Daemon"]


def test_a_weakly_registered_object_goes_when_it_is_collected(idle: Daemon) -> None:
    thing = Thing()
    idle.register(thing, "weak", weak=True)
    assert "weak" in idle.objectsById
    del thing
    gc.collect()
    assert "weak" not in idle.objectsById
    with pytest.raises(TypeError):
        idle.register(Thing, weak=True)


def test_unregistering_by_object_forgets_its_id(idle: Daemon) -> None:
    thing = Thing()
    uri = idle.register(thing)
    idle.unregister(thing)
    assert uri.object not in idle.objectsById
    assert not hasattr(thing, "_pyroId")
    assert not hasattr(thing, "_pyroDaemon")


def test_unregistering_by_id_leaves_the_object_as_it_is(idle: Daemon) -> None:
    thing = Thing()
    idle.unregister(idle.register(thing).object)
    assert hasattr(thing, "_pyroId")


def test_unregistering_what_is_not_there(idle: Daemon) -> None:
    idle.unregister("unknown")
    idle.unregister("Pyro.Daemon")
    assert "Pyro.Daemon" in idle.objectsById
    with pytest.raises(errors.DaemonError, match="object isn't registered"):
        idle.unregister(Thing())
    with pytest.raises(ValueError, match="object or objectid argument expected"):
        idle.unregister(None)


def test_a_uri_is_given_for_objects_and_any_id(idle: Daemon) -> None:
    thing = Thing()
    uri = idle.register(thing)
    assert idle.uriFor(thing) == uri
    assert idle.uriFor("whatever").object == "whatever"
    with pytest.raises(errors.DaemonError, match="object isn't registered in this daemon"):
        idle.uriFor(Thing())


def test_a_proxy_for_an_object_knows_its_members_unconnected(idle: Daemon) -> None:
    thing = Thing()
    idle.register(thing, "t")
    proxy = idle.proxyFor("t")
    assert proxy._pyroConnection is None
    assert proxy._pyroMethods == {"echo", "fail", "another", "same"}
    assert proxy._pyroAttrs == {"name"}
    assert idle.proxyFor(thing) == proxy
    with pytest.raises(errors.DaemonError):
        idle.proxyFor("unknown")


def test_methods_added_later_show_after_the_cache_is_reset(idle: Daemon) -> None:
    class Growing:
        @expose
        def first(self) -> None: ...

    idle.register(Growing(), "growing")
    Growing.second = expose(lambda self: None)  # type: ignore[attr-defined]
    idle.resetMetadataCache("growing")
    assert "second" in idle.proxyFor("growing")._pyroMethods


# Autoproxies


def test_an_object_registered_on_the_fly_arrives_as_a_proxy(connect: Connect) -> None:
    other = connect(Thing()).another("other")
    assert isinstance(other, Proxy)
    assert other.name == "other"
    other._pyroRelease()


def test_a_registered_object_passed_as_an_argument_arrives_as_a_proxy(
    connect: Connect, daemon: Daemon
) -> None:
    class Receiver:
        @expose
        def kind(self, value: Any) -> str:
            return f"{type(value).__module__}.{type(value).__name__} {value._pyroUri.object}"

    own = Thing()
    daemon.register(own, "own")
    assert connect(Receiver()).kind(own) == "Pyro5.client.Proxy own"


def test_an_instance_of_a_registered_class_is_not_taken_for_the_class(
    connect: Connect, daemon: Daemon
) -> None:
    # Reference 9.3-7: Pyro5 sent a proxy for the class's id, that is for another object.
    @expose
    class Point:
        def fresh(self) -> Any:
            return Point()

    proxy = connect(Point, "points")
    with pytest.raises(errors.SerializeError):
        proxy.fresh()


@pytest.mark.parametrize("name", ["marshal", "serpent", "json", "msgpack"])
def test_an_object_that_travelled_once_still_arrives_as_a_proxy(
    connect: Connect, daemon: Daemon, name: str
) -> None:
    # Reference 9.3-5: in Pyro5 marshal took its daemon away from it.
    config.SERIALIZER = name
    proxy = connect(Thing())
    for attempt in range(2):
        other = proxy.another(f"other{attempt}")
        assert isinstance(other, Proxy)
        assert other.name == f"other{attempt}"
        other._pyroRelease()


# The daemon's own object


def test_the_daemon_answers_about_itself(connect: Connect, daemon: Daemon) -> None:
    daemon.register(Thing(), "thing")
    with Proxy(daemon.uriFor("Pyro.Daemon")) as about:
        assert set(about.registered()) == {"Pyro.Daemon", "thing"}
        assert about.ping() is None
        assert about.info() == (
            f"Pyro.Daemon bound on {daemon.locationStr}, NAT None, 2 objects registered. "
            f"Servertype: {daemon.transportServer!r}"
        )
        members = about.get_metadata("thing")
        assert set(members["methods"]) == {"echo", "fail", "another", "same"}
        assert set(members["attrs"]) == {"name"}
        with pytest.raises(errors.DaemonError, match="unknown object"):
            about.get_metadata("nothing")


def test_a_program_may_extend_the_daemons_object(run: Run, server_type: str) -> None:
    class More(DaemonObject):
        @expose
        def where(self) -> str:
            return str(self.daemon.locationStr)

    daemon = run(Daemon(interface=More))
    with Proxy(daemon.uriFor("Pyro.Daemon")) as about:
        assert about.where() == daemon.locationStr
        assert about.ping() is None


# Serving and ending


def test_the_loop_ends_when_its_condition_is_false(server_type: str) -> None:
    asked: list[int] = []

    def condition() -> bool:
        asked.append(1)
        return len(asked) < 2

    with Daemon() as daemon:
        daemon.requestLoop(condition)
    assert len(asked) == 2


def test_a_remote_method_may_shut_the_daemon_down(server_type: str) -> None:
    class Closing:
        @expose
        def close(self) -> str:
            self._pyroDaemon.shutdown()  # type: ignore[attr-defined]
            return "closing"

    daemon = Daemon()
    thread = threading.Thread(target=daemon.requestLoop)
    uri = daemon.register(Closing())
    thread.start()
    with Proxy(uri) as proxy:
        assert proxy.close() == "closing"
    thread.join(10)
    assert not thread.is_alive()


def test_shutdown_ends_the_connections_too(run: Run, server_type: str) -> None:
    # Reference 9.3-11: Pyro5's thread server went on serving them.
    daemon = run(Daemon())
    with Proxy(daemon.register(Thing())) as proxy:
        proxy.echo(1)
        daemon.shutdown()
        with pytest.raises(errors.CommunicationError):
            proxy.echo(2)


def test_a_closed_daemon_cannot_be_used_again() -> None:
    daemon = Daemon()
    daemon.close()
    with pytest.raises(errors.PyroError, match="cannot reuse this object"), daemon:
        pass


def test_a_with_block_closes_the_daemon() -> None:
    with Daemon() as daemon:
        port = int(daemon.locationStr.rpartition(":")[2])
    with Daemon(port=port):
        pass


def test_a_pickled_daemon_is_an_empty_shell(idle: Daemon) -> None:
    shell = pickle.loads(pickle.dumps(idle))
    assert isinstance(shell, Daemon)
    assert "unusable" in repr(shell)
