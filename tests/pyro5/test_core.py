"""Names that both sides use, and finding objects. Reference 3.1, 3.10."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import api, core, errors
from pyrox_pyro5.api import URI, Daemon, Proxy, config, expose, locate_ns, resolve, type_meta
from pyrox_pyro5.nameserver import NameServerDaemon

Run = Callable[[Daemon], Daemon]


@expose
class Thing:
    def name(self) -> str:
        return "thing"


class Derived(Thing, dict[str, int]):
    pass


@pytest.fixture
def names(run: Run) -> Iterator[Proxy]:
    """A name server, where the settings say it is."""
    daemon = NameServerDaemon(port=0)
    run(daemon)
    config.NS_PORT = int(daemon.locationStr.rpartition(":")[2])
    with locate_ns() as proxy:
        yield proxy


def test_what_the_api_exports() -> None:
    assert set(api.__all__) >= {
        "config", "URI", "locate_ns", "resolve", "type_meta", "current_context", "Proxy",
        "BatchProxy", "SerializedBlob", "SerializerBase", "Daemon", "DaemonObject", "callback",
        "expose", "oneway", "behavior", "start_ns", "start_ns_loop", "serve",
        "register_class_to_dict", "register_dict_to_class", "unregister_class_to_dict",
        "unregister_dict_to_class",
    }  # fmt: skip
    assert api.__version__ == "5.17"
    assert (core.DAEMON_NAME, core.NAMESERVER_NAME) == ("Pyro.Daemon", "Pyro.NameServer")


def test_type_tags_name_the_classes_of_an_object() -> None:
    tags = {f"class:{__name__}.Derived", f"class:{__name__}.Thing"}
    assert type_meta(Derived()) == type_meta(Derived) == tags
    assert type_meta(Thing, prefix="x:") == {f"x:{__name__}.Thing"}
    assert type_meta(5) == set()


def test_a_name_server_is_found_where_the_settings_say(names: Proxy) -> None:
    assert names._pyroConnection is not None
    assert names._pyroUri.object == "Pyro.NameServer"
    with locate_ns("localhost", names._pyroUri.port) as again:
        again.ping()
        assert again == names


def test_without_a_name_server_the_error_says_so() -> None:
    config.NS_PORT = 1
    with pytest.raises(errors.NamingError, match="Failed to locate the nameserver"):
        locate_ns(broadcast=False)
    with pytest.raises(errors.NamingError, match="Failed to locate the nameserver"):
        locate_ns("localhost", 1)


@pytest.mark.parametrize("wrong", [None, 5, b"PYRONAME:x"])
def test_only_uris_are_resolved(wrong: Any) -> None:
    with pytest.raises(TypeError, match="can only resolve Pyro URIs"):
        resolve(wrong)


def test_a_uri_that_is_a_place_is_returned_as_it_is() -> None:
    assert resolve("PYRO:a@localhost:1") == URI("PYRO:a@localhost:1")


def test_names_and_tags_are_resolved(names: Proxy) -> None:
    names.register("some.name", "PYRO:a@localhost:1", metadata={"one", "two"})
    assert resolve("PYRONAME:some.name") == URI("PYRO:a@localhost:1")
    assert resolve(URI("PYROMETA:one,two")) == URI("PYRO:a@localhost:1")
    with pytest.raises(errors.NamingError, match="unknown name: other"):
        resolve("PYRONAME:other")
    expected = "no registrations available with desired metadata properties"
    with pytest.raises(errors.NamingError, match=expected):
        resolve("PYROMETA:one,three")


@pytest.mark.parametrize("uri", ["PYRONAME:late.name", "PYROMETA:late"])
def test_a_name_is_waited_for(names: Proxy, uri: str) -> None:
    # Reference 9.3-2: in Pyro5 the delay was taken for another argument.
    def register() -> None:
        with locate_ns() as own:
            own.register("late.name", "PYRO:late@localhost:1", metadata={"late"})

    timer = threading.Timer(0.2, register)
    timer.start()
    try:
        assert resolve(uri, delay_time=10.0) == URI("PYRO:late@localhost:1")
    finally:
        timer.join()


def test_the_settings_may_say_how_long_to_wait(names: Proxy) -> None:
    config.NS_LOOKUP_DELAY = 0.3
    started = time.monotonic()
    with pytest.raises(errors.NamingError, match="unknown name"):
        resolve("PYRONAME:never")
    assert time.monotonic() - started >= 0.3


def test_a_proxy_resolves_its_name_at_each_connection(names: Proxy, daemon: Daemon) -> None:
    names.register("thing", daemon.register(Thing()))
    with Proxy("PYRONAME:thing") as proxy:
        assert proxy.name() == "thing"
        assert proxy._pyroUri.protocol == "PYRONAME"
        proxy._pyroRelease()
        names.remove("thing")
        with pytest.raises(errors.NamingError):
            proxy.name()
        names.register("thing", daemon.register(Thing()))
        assert proxy.name() == "thing"


def test_binding_a_proxy_keeps_to_the_place_found(names: Proxy, daemon: Daemon) -> None:
    uri = daemon.register(Thing())
    names.register("thing", uri)
    with Proxy("PYRONAME:thing") as proxy:
        assert proxy._pyroBind()
        assert proxy._pyroUri == uri
