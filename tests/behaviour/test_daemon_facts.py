"""What a daemon tells about itself and its objects, and the URIs that it gives."""

import re
from pathlib import Path
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator


@pyrox.expose
class Printer:
    """Prints pages."""

    def print(self, text: str, copies: int = 1, *, colour: bool = False) -> int:
        """Print a text."""
        return copies

    @pyrox.expose(idempotent=True)
    def state(self) -> str:
        return "idle"

    @pyrox.oneway
    def cancel(self) -> None: ...

    @classmethod
    def model(cls) -> str:
        return "P1"

    @staticmethod
    def sizes(unit: str) -> list[int]:
        return []

    @property
    def paper(self) -> int:
        """How many sheets are left."""
        return 5

    @property
    def name(self) -> str:
        return "p"

    @name.setter
    def name(self, value: str) -> None: ...


@pytest.fixture
def about(daemon: pyrox.Daemon, make_proxy: ProxyMaker) -> pyrox.Proxy:
    """A proxy for what the daemon answers about itself."""
    daemon.register(Printer(), "printer")
    return make_proxy(f"PYRO:{pyrox.DAEMON_ID}@{daemon.location}")


def test_the_daemon_answers_a_ping(about: pyrox.Proxy) -> None:
    assert about.ping() is None


def test_the_daemon_lists_its_objects(about: pyrox.Proxy) -> None:
    assert sorted(about.registered()) == ["Pyro.Daemon", "printer"]


def test_info_is_one_line_about_the_daemon(
    about: pyrox.Proxy, daemon: pyrox.Daemon, server_type: str
) -> None:
    info = about.info()
    assert daemon.location in info
    assert "2 objects registered" in info
    assert server_type in info
    assert "\n" not in info


def test_metadata_are_the_names_of_the_members(about: pyrox.Proxy) -> None:
    told = about.get_metadata("printer")
    assert set(told["methods"]) == {"print", "state", "cancel", "model", "sizes"}
    assert set(told["attrs"]) == {"paper", "name"}
    assert set(told["oneway"]) == {"cancel"}
    assert set(told["idempotent"]) == {"state"}


def test_metadata_of_an_unknown_object_is_an_error_that_names_the_nearest(
    about: pyrox.Proxy,
) -> None:
    with pytest.raises(pyrox.DaemonError, match="unknown object: 'prnter'; did you mean 'printer'"):
        about.get_metadata("prnter")


def test_describe_tells_signatures_and_documentation(about: pyrox.Proxy) -> None:
    told = about.describe("printer")
    assert told["doc"] == "Prints pages."
    assert told["methods"]["print"] == {
        "signature": "(text: str, copies: int = 1, *, colour: bool = False) -> int",
        "doc": "Print a text.",
        "oneway": False,
        "idempotent": False,
    }
    assert told["methods"]["model"]["signature"] == "() -> str"
    assert told["methods"]["sizes"]["signature"] == "(unit: str) -> list[int]"
    assert told["methods"]["cancel"]["oneway"] is True
    assert told["methods"]["state"]["idempotent"] is True
    assert told["attributes"] == {
        "paper": {"doc": "How many sheets are left.", "writable": False, "annotation": "int"},
        "name": {"doc": "", "writable": True, "annotation": "str"},
    }


def test_a_daemon_may_tell_more_about_itself(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Chatty(pyrox.DaemonObject):
        @pyrox.expose
        def mood(self) -> str:
            return "good"

    class Own(pyrox.Daemon):
        def make_daemon_object(self) -> pyrox.DaemonObject:
            return Chatty(self, self.registry, self.streams)

    daemon = make_daemon(Own)
    proxy = make_proxy(f"PYRO:{pyrox.DAEMON_ID}@{daemon.location}")
    assert proxy.mood() == "good"
    assert proxy.registered() == ["Pyro.Daemon"]


def test_a_daemon_object_of_the_programs_own_has_a_say_in_what_is_told(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Telling(pyrox.DaemonObject):
        def get_metadata(self, objectId: str) -> dict[str, Any]:
            told = super().get_metadata(objectId)
            return {**told, "methods": told["methods"] - {"print"}, "more": "than asked for"}

    class Own(pyrox.Daemon):
        def make_daemon_object(self) -> pyrox.DaemonObject:
            return Telling(self, self.registry, self.streams)

    proxy = make_proxy(make_daemon(Own).register(Printer()))
    assert proxy._pyro.methods == {"state", "cancel", "model", "sizes"}
    assert proxy._pyro.attributes == {"paper", "name"}
    assert proxy._pyro.oneway == {"cancel"}


def test_a_proxy_learns_the_members_when_it_connects(serve: ObjectServer) -> None:
    proxy = serve(Printer())
    assert not proxy._pyro.known_members
    assert proxy._pyro.methods == {"print", "state", "cancel", "model", "sizes"}
    assert proxy._pyro.attributes == {"paper", "name"}
    assert proxy._pyro.oneway == {"cancel"}


def test_members_added_later_are_seen_after_a_refresh(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    class Growing:
        @pyrox.expose
        def first(self) -> str:
            return "first"

    target = Growing()
    uri = daemon.register(target)
    other = daemon.register(type("Derived", (Growing,), {})())
    assert make_proxy(uri)._pyro.methods == {"first"}
    Growing.second = pyrox.expose(lambda self: "second")  # type: ignore[attr-defined]
    Growing.second._pyroExposed = True  # type: ignore[attr-defined]
    assert make_proxy(uri)._pyro.methods == {"first"}
    daemon.refresh(target)
    proxy = make_proxy(uri)
    assert proxy._pyro.methods == {"first", "second"}
    assert proxy.second() == "second"
    assert make_proxy(other)._pyro.methods == {"first", "second"}


def test_a_method_that_was_marked_later_can_be_called_all_the_same(serve: ObjectServer) -> None:
    class Growing:
        @pyrox.expose
        def first(self) -> str:
            return "first"

        def second(self) -> str:
            return "second"

        def third(self) -> str:
            return "third"

    remote = serve(Growing())._pyro
    pyrox.expose(Growing.second)
    assert remote.call("second", (), {}) == "second"
    with pytest.raises(AttributeError, match="unexposed"):
        remote.call("third", (), {})


def test_uri_for_names_what_is_registered_or_any_id(daemon: pyrox.Daemon) -> None:
    target = Calculator()
    uri = daemon.register(target, "calc")
    assert daemon.uri_for(target) == uri
    assert daemon.uri_for("calc") == uri
    assert str(daemon.uri_for("later")) == f"PYRO:later@{daemon.location}"
    with pytest.raises(pyrox.DaemonError, match="isn't registered"):
        daemon.uri_for(Calculator())


def test_proxy_for_needs_no_question_to_know_the_members(daemon: pyrox.Daemon) -> None:
    target = Calculator()
    daemon.register(target, "calc")
    for asked in (target, "calc"):
        with daemon.proxy_for(asked) as proxy:
            assert "add" in proxy._pyro.known_members.methods
            assert not proxy._pyro.connected
            assert proxy.add(1, 2) == 3
    with pytest.raises(pyrox.DaemonError):
        daemon.proxy_for(Calculator())
    with pytest.raises(pyrox.DaemonError, match="did you mean 'calc'"):
        daemon.proxy_for("clac")


def test_an_id_is_made_up_where_none_is_given(daemon: pyrox.Daemon) -> None:
    assert re.fullmatch(r"PYRO:obj_[0-9a-f]{32}@localhost:\d+", str(daemon.register(Calculator())))


def test_an_object_is_registered_once(daemon: pyrox.Daemon, make_proxy: ProxyMaker) -> None:
    target = Calculator()
    daemon.register(target, "calc")
    with pytest.raises(pyrox.DaemonError, match="already has a Pyro id: 'calc'"):
        daemon.register(target, "other")
    with pytest.raises(pyrox.DaemonError, match="already registered with that id: 'calc'"):
        daemon.register(Calculator(), "calc")
    other = Calculator()
    other.log = ["forced"]
    proxy = make_proxy(daemon.register(other, "calc", force=True))
    assert proxy.size == 1


@pytest.mark.parametrize("object_id", ["with space", "with@at", "line\nbreak"])
def test_an_id_that_no_uri_could_carry_is_refused(daemon: pyrox.Daemon, object_id: str) -> None:
    with pytest.raises(pyrox.UsageError, match="object id"):
        daemon.register(Calculator(), object_id)
    assert list(daemon.objects) == [pyrox.DAEMON_ID]


def test_the_daemons_own_object_cannot_be_unregistered(daemon: pyrox.Daemon) -> None:
    daemon.unregister(pyrox.DAEMON_ID)
    assert pyrox.DAEMON_ID in daemon.objects


def test_unregistering_what_is_not_there(daemon: pyrox.Daemon) -> None:
    daemon.unregister("nobody")
    with pytest.raises(pyrox.DaemonError):
        daemon.unregister(Calculator())


@pytest.mark.parametrize(
    ("nat", "expected"),
    [("far.example:4444", "far.example:4444"), ("far.example", "far.example:{port}")],
)
def test_uris_carry_the_nat_location(make_daemon: DaemonMaker, nat: str, expected: str) -> None:
    daemon = make_daemon(nat_location=nat)
    port = daemon.location.rpartition(":")[2]
    uri = daemon.register(Calculator(), "calc")
    assert str(uri) == f"PYRO:calc@{expected.format(port=port)}"
    assert str(daemon.uri_for("calc", nat=False)) == f"PYRO:calc@localhost:{port}"


def test_a_nat_location_may_be_ipv6(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon(nat_location="[2001:db8::1]:4444")
    assert str(daemon.register(Calculator(), "calc")) == "PYRO:calc@[2001:db8::1]:4444"


def test_a_daemon_behind_nat_is_reached_through_its_real_location(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(nat_location="far.example:4444")
    daemon.register(Calculator(), "calc")
    proxy = make_proxy(daemon.uri_for("calc", nat=False))
    assert proxy.add(1, 2) == 3
    about = make_proxy(f"PYRO:{pyrox.DAEMON_ID}@{daemon.location}")
    assert "NAT far.example:4444" in about.info()


def test_a_daemon_open_to_the_network_says_so(
    make_daemon: DaemonMaker, caplog: pytest.LogCaptureFixture
) -> None:
    make_daemon()
    assert caplog.text == ""
    make_daemon(location="tcp://0.0.0.0:0")
    assert "every program that can connect to it can call its objects" in caplog.text


def test_two_daemons_cannot_have_one_port(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon()
    with pytest.raises(OSError, match=f"cannot listen on {daemon.location}"):
        make_daemon(location=f"tcp://{daemon.location}")


def test_a_daemon_may_do_something_around_every_call(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Doubling(pyrox.Daemon):
        def invoke(self, context: pyrox.CallContext, method: Any, args: Any, kwargs: Any) -> Any:
            if context.method == "echo":
                raise PermissionError("no echo today")
            return 2 * super().invoke(context, method, args, kwargs)

    proxy = make_proxy(make_daemon(Doubling).register(Calculator()))
    assert proxy.add(1, b=2) == 6
    with pytest.raises(PermissionError, match="no echo today"):
        proxy.echo("x")
    batch = proxy._pyro.batch()
    batch.add(2, 3)
    assert list(batch()) == [10]


@pytest.mark.parametrize(
    "options",
    [
        {"host": "127.0.0.1", "port": 0},
        {"host": "127.0.0.1"},
        {"port": 0},
        {"transport": "tcp", "host": "127.0.0.1"},
        {"location": "127.0.0.1:0", "transport": "tcp"},
        {"location": "tcp://127.0.0.1:0", "transport": "tcp"},
        {},
    ],
    ids=str,
)
def test_where_it_listens_may_be_said_in_parts(options: dict[str, Any]) -> None:
    with pyrox.Daemon(**options) as daemon:
        assert re.fullmatch(r"(127\.0\.0\.1|localhost):\d+", daemon.location)
        assert daemon.register(Printer(), "p").transport == "tcp"


@pytest.mark.parametrize(
    "options",
    [
        {"location": "127.0.0.1:0", "port": 0},
        {"location": "127.0.0.1:0", "host": "127.0.0.1"},
        {"location": "memory://x", "transport": "tcp"},
    ],
    ids=str,
)
def test_parts_that_contradict_each_other_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(pyrox.UsageError, match=r"not at both|contradicts"):
        pyrox.Daemon(**options)


def test_a_unix_socket_may_be_named_by_its_transport(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for where in (str(path), f"./u:{path}"):
        with pyrox.Daemon(where, transport="unix") as daemon:
            assert daemon.location == f"./u:{path}"


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_a_thread_daemon_needs_no_help_of_a_loop(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    proxy = make_proxy(daemon.register(Calculator()))
    assert all(socket.fileno() >= 0 for socket in daemon.sockets)
    daemon.events(daemon.sockets)
    assert proxy.add(1, 2) == 3
