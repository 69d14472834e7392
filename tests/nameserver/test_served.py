"""A name server over TCP, asked by pyrox proxies."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyrox
from pyrox import URI, Config, NamingError, Proxy
from pyrox_nameserver import NameServerDaemon, start_ns

A = "PYRO:a@localhost:1"
OWN_TAG = "class:Pyro5.nameserver.NameServer"


@pytest.fixture(params=["serpent", "json", "marshal", "msgpack", "auto"])
def any_proxy(request: pytest.FixtureRequest, served: str) -> Iterator[Proxy]:
    with Proxy(f"PYRO:Pyro.NameServer@{served}", serializer=request.param) as proxy:
        yield proxy


def test_every_serializer_carries_names_uris_and_tags(any_proxy: Proxy) -> None:
    any_proxy.register("a", A, metadata=["x", "y"])
    any_proxy.register("b", A)
    assert any_proxy.lookup("a") == URI(A)
    uri, tags = any_proxy.lookup("a", return_metadata=True)
    assert (uri, set(tags)) == (URI(A), {"x", "y"})
    listed = any_proxy.list(return_metadata=True)
    assert {name: set(tags) for name, (_, tags) in listed.items()} == {
        "Pyro.NameServer": {OWN_TAG},
        "a": {"x", "y"},
        "b": set(),
    }
    assert list(any_proxy.yplookup(meta_all=["x"])) == ["a"]
    assert any_proxy.remove("a") == 1
    with pytest.raises(NamingError, match="unknown name: a"):
        any_proxy.lookup("a")


def test_a_uri_object_may_be_registered_from_afar(proxy: Proxy) -> None:
    proxy.register("a", URI(A))
    assert proxy.lookup("a") == URI(A)


def test_only_the_eight_methods_are_exposed(proxy: Proxy) -> None:
    assert proxy._pyro.methods == set(
        "count lookup register set_metadata remove list yplookup ping".split()
    )
    assert not proxy._pyro.attributes


def test_the_methods_take_the_arguments_that_pyro5_gives_them(proxy: Proxy) -> None:
    proxy.register(name="a", uri=A, safe=True, metadata=["x"])
    proxy.set_metadata(name="a", metadata=["y"])
    assert proxy.lookup(name="a", return_metadata=False) == URI(A)
    assert set(proxy.list(prefix="a", regex=None, return_metadata=False)) == {"a"}
    assert set(proxy.yplookup(meta_all=["y"], meta_any=None, return_metadata=True)) == {"a"}
    assert proxy.remove(name=None, prefix=None, regex="a$") == 1


def test_it_is_located_and_its_names_resolved(served: str) -> None:
    host, _, port = served.rpartition(":")
    with pyrox.locate_ns(host, int(port)) as names:
        names.register("a", A, metadata=["x"])
        assert names._pyro.uri == URI(f"PYRO:Pyro.NameServer@{served}")
    config = Config(ns_host=host, ns_port=int(port))
    assert pyrox.resolve("PYRONAME:a", config=config) == URI(A)
    assert pyrox.resolve("PYROMETA:x", config=config) == URI(A)
    with pytest.raises(NamingError, match=r"unknown name: aa; asked the name server"):
        pyrox.resolve("PYRONAME:aa", config=config)


def test_what_is_no_name_server_is_not_found_as_one() -> None:
    with pyrox.Daemon("localhost:0").start() as daemon:
        host, _, port = daemon.location.rpartition(":")
        with pytest.raises(NamingError, match="no name server found"):
            pyrox.locate_ns(host, int(port))


def test_it_is_found_by_broadcast() -> None:
    with start_ns("127.0.0.1:0", broadcast="127.0.0.1:0") as daemon:
        assert daemon.responder is not None
        config = Config(
            ns_host="localhost",
            ns_port=1,
            ns_broadcast_addresses=("127.0.0.1",),
            ns_broadcast_port=int(daemon.responder.location.rpartition(":")[2]),
        )
        with pyrox.locate_ns(broadcast=True, config=config) as names:
            assert names._pyro.uri.location == daemon.location


def test_waiting_ends_when_the_name_is_there(served: str) -> None:
    host, _, port = served.rpartition(":")
    config = Config(ns_host=host, ns_port=int(port))
    found: list[URI] = []
    waiting = threading.Thread(
        target=lambda: found.append(pyrox.wait_for("a", timeout=20, config=config))
    )
    waiting.start()
    with pyrox.locate_ns(host, int(port)) as names:
        names.register("a", A)
    waiting.join(20)
    assert found == [URI(A)]


def test_an_object_is_called_by_its_name(served: str) -> None:
    @pyrox.expose
    class Greeter:
        def greet(self) -> str:
            return "hello"

    config = Config(ns_host="localhost", ns_port=int(served.rpartition(":")[2]))
    with pyrox.Daemon("localhost:0").start() as daemon:
        with pyrox.locate_ns(config=config) as names:
            names.register("greeter", daemon.register(Greeter))
        with Proxy("PYRONAME:greeter", config=config) as greeter:
            assert greeter.greet() == "hello"


def test_its_own_entry_says_where_it_is(served: str, proxy: Proxy) -> None:
    uri, tags = proxy.lookup("Pyro.NameServer", return_metadata=True)
    assert uri == URI(f"PYRO:Pyro.NameServer@{served}")
    assert set(tags) == {OWN_TAG}


def test_names_are_there_after_a_restart(tmp_path: Path) -> None:
    storage = f"sqlite:{tmp_path / 'n.db'}"
    with start_ns("localhost:0", storage=storage) as daemon:
        daemon.nameserver.register("a", A, metadata=["x"])
    with start_ns("localhost:0", storage=storage) as daemon:
        assert daemon.nameserver.lookup("a", True) == (URI(A), {"x"})
        assert daemon.nameserver.lookup("Pyro.NameServer").location == daemon.location


def test_two_name_servers_may_share_a_file(tmp_path: Path) -> None:
    storage = f"sqlite:{tmp_path / 'n.db'}"
    with (
        start_ns("localhost:0", storage=storage) as first,
        start_ns("localhost:0", storage=storage) as second,
    ):
        first.nameserver.register("a", A)
        assert second.nameserver.lookup("a") == URI(A)
        for daemon in (first, second):
            assert daemon.nameserver.lookup("Pyro.NameServer").location == daemon.location
            assert daemon.nameserver.count() == 2


def test_by_default_it_listens_on_the_configured_port() -> None:
    with start_ns("localhost:0") as daemon:
        taken = int(daemon.location.rpartition(":")[2])
        for location in ("", "localhost", "tcp://localhost"):
            with pytest.raises(OSError, match=r"a name server may be running there already"):
                NameServerDaemon(location, config=Config(ns_port=taken))


def test_a_daemon_that_was_never_served_closes_its_storage(tmp_path: Path) -> None:
    daemon = NameServerDaemon("localhost:0", storage=f"sqlite:{tmp_path / 'n.db'}")
    daemon.close()
    with pytest.raises(NamingError, match="being shut down"):
        daemon.nameserver.lookup("a")


def test_where_it_cannot_listen_the_storage_is_closed(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        NameServerDaemon("no.such.host.invalid:0", storage=f"sqlite:{tmp_path / 'n.db'}")
    with pytest.raises(OSError, match="cannot answer broadcasts"):
        NameServerDaemon("localhost:0", broadcast="192.0.2.1:9")


def test_when_shutdown_returns_the_storage_is_closed(tmp_path: Path) -> None:
    for _ in range(5):
        daemon = start_ns("localhost:0", storage=f"sqlite:{tmp_path / 'n.db'}")
        daemon.shutdown()
        with pytest.raises(NamingError, match="being shut down"):
            daemon.nameserver.lookup("a")


def test_it_listens_on_ipv6() -> None:
    try:
        daemon = start_ns("[::1]:0", broadcast=True)
    except OSError as error:
        pytest.skip(f"there is no IPv6 here: {error}")
    with daemon, pyrox.locate_ns("::1", int(daemon.location.rpartition(":")[2])) as names:
        assert names.lookup("Pyro.NameServer").host == "::1"
        assert daemon.responder is None
