"""Objects found by name and by tag, across Pyro5 and pyrox, from the name to the call."""

from collections.abc import Iterator

import pytest

import pyrox
from tests.interop.conftest import Pyro5Client, running

nameserver = pytest.importorskip("pyrox_nameserver")


@pyrox.expose
class Greeter:
    def greet(self, name: str) -> str:
        return f"pyrox greets {name}"


@pytest.fixture(scope="module")
def pyro5_names() -> Iterator[str]:
    """Where a name server of Pyro5 is, which knows a greeter of Pyro5."""
    with running("pyro5_names.py") as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@pytest.fixture(scope="module")
def pyrox_names() -> Iterator[str]:
    """Where a name server of pyrox is."""
    with nameserver.NameServerDaemon("localhost:0") as daemon:
        yield daemon.start().location


@pytest.fixture
def greeter() -> Iterator[str]:
    """The URI of a greeter in a pyrox daemon."""
    with pyrox.Daemon() as daemon:
        uri = str(daemon.register(Greeter()))
        daemon.start()
        yield uri


def at(location: str) -> pyrox.Config:
    host, _, port = location.rpartition(":")
    return pyrox.Config(ns_host=host, ns_port=int(port))


@pytest.mark.parametrize("uri", ["PYRONAME:pyro5.greeter", "PYROMETA:greets"])
def test_pyrox_calls_what_pyro5s_name_server_knows(pyro5_names: str, uri: str) -> None:
    with pyrox.Proxy(f"{uri}@{pyro5_names}") as proxy:
        assert proxy.greet("Ada") == "Pyro5 greets Ada"
    with pyrox.Proxy(uri, config=at(pyro5_names)) as proxy:
        assert proxy.greet("Ada") == "Pyro5 greets Ada"


@pytest.mark.parametrize("uri", ["PYRONAME:pyrox.greeter", "PYROMETA:friendly"])
def test_pyro5_calls_a_pyrox_object_that_its_own_name_server_knows(
    pyro5_names: str, pyro5_client: Pyro5Client, greeter: str, uri: str
) -> None:
    with pyrox.locate_ns(config=at(pyro5_names)) as names:
        names.register("pyrox.greeter", greeter, metadata=["friendly"])
        assert pyro5_client("greet", f"{uri}@{pyro5_names}", "Bob") == "pyrox greets Bob"
        assert names.remove("pyrox.greeter") == 1


@pytest.mark.parametrize("uri", ["PYRONAME:pyrox.greeter", "PYROMETA:friendly"])
def test_both_call_what_pyroxs_name_server_knows(
    pyrox_names: str, pyro5_client: Pyro5Client, greeter: str, uri: str
) -> None:
    with pyrox.locate_ns(config=at(pyrox_names)) as names:
        names.register("pyrox.greeter", greeter, metadata=["friendly"], safe=True)
    try:
        assert pyro5_client("greet", f"{uri}@{pyrox_names}", "Bob") == "pyrox greets Bob"
        with pyrox.Proxy(f"{uri}@{pyrox_names}") as proxy:
            assert proxy.greet("Ada") == "pyrox greets Ada"
    finally:
        with pyrox.locate_ns(config=at(pyrox_names)) as names:
            names.remove("pyrox.greeter")


def test_a_pyro5_object_is_called_through_pyroxs_name_server(
    pyrox_names: str, pyro5_names: str
) -> None:
    uri = pyrox.resolve(f"PYRONAME:pyro5.greeter@{pyro5_names}")
    with pyrox.locate_ns(config=at(pyrox_names)) as names:
        names.register("theirs", str(uri))
    with pyrox.Proxy(f"PYRONAME:theirs@{pyrox_names}") as proxy:
        assert proxy.greet("Eve") == "Pyro5 greets Eve"
