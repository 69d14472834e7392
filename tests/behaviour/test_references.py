"""Objects that travel as proxies: as results, as arguments, and called back."""

from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Spawned, await_log


@pyrox.expose
class Workshop:
    """Makes objects, registers them, and takes some from its callers."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def make(self) -> Calculator:
        calculator = Calculator()
        pyrox.current_context.daemon.register(calculator)
        return calculator

    def nested(self) -> dict[str, Any]:
        return {"tools": [self.make()]}

    def use(self, tool: Any, a: int, b: int) -> Any:
        with tool:
            return tool.add(a, b)

    def use_nested(self, box: dict[str, Any]) -> Any:
        return [self.use(tool, 1, 2) for tool in box["tools"]]

    def kind_of(self, value: Any) -> str:
        return type(value).__name__

    def keep(self, name: str, tool: Any) -> None:
        self.kept[name] = tool

    def use_kept(self, name: str, a: int) -> Any:
        return self.kept[name].add(a, a)

    def me(self) -> "Workshop":
        return self

    def uri(self) -> pyrox.URI:
        return pyrox.URI("PYRO:there@localhost:9")


def test_a_registered_object_arrives_as_a_proxy(serve: ObjectServer, serializer: str) -> None:
    tool = serve(Workshop(), serializer=serializer).make()
    assert isinstance(tool, pyrox.Proxy)
    assert not tool._pyro.connected
    with tool:
        assert tool.add(1, 2) == 3


def test_a_registered_object_arrives_as_a_proxy_inside_of_containers(
    serve: ObjectServer, serializer: str
) -> None:
    with serve(Workshop(), serializer=serializer).nested()["tools"][0] as tool:
        assert tool.add(1, 2) == 3


def test_a_received_proxy_knows_its_members_without_asking(serve: ObjectServer) -> None:
    tool = serve(Workshop()).make()
    assert {"add", "echo"} <= tool._pyro.known_members.methods
    assert tool._pyro.known_members.attributes == {"size"}
    assert not tool._pyro.connected


def test_an_object_that_returns_itself_arrives_as_a_proxy_for_itself(serve: ObjectServer) -> None:
    proxy = serve(Workshop())
    assert proxy.me() == proxy


def test_instances_of_a_registered_class_do_not_pass_for_the_class(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    @pyrox.expose
    class Holder:
        def one(self) -> Calculator:
            return Calculator()

    daemon.register(Calculator)
    with pytest.raises(pyrox.SerializeError, match="Calculator"):
        make_proxy(daemon.register(Holder())).one()


def test_an_unregistered_object_stops_travelling_as_a_proxy(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    part = Calculator()

    class Holder:
        @pyrox.expose
        def part(self) -> Calculator:
            return part

    proxy = make_proxy(daemon.register(Holder()))
    daemon.register(part)
    assert isinstance(proxy.part(), pyrox.Proxy)
    daemon.unregister(part)
    with pytest.raises(pyrox.SerializeError, match="Calculator"):
        proxy.part()


def test_a_proxy_travels_as_an_argument(serve: ObjectServer, serializer: str) -> None:
    workshop = serve(Workshop(), serializer=serializer)
    with workshop.make() as tool:
        assert workshop.kind_of(tool) == "Proxy"


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_a_method_calls_the_proxies_that_it_is_given(serve: ObjectServer, serializer: str) -> None:
    workshop = serve(Workshop(), serializer=serializer)
    tool = workshop.make()
    assert workshop.use(tool, 3, 4) == 7
    assert workshop.use_nested({"tools": [tool, tool]}) == [3, 3]


def test_a_daemon_in_the_client_is_called_back(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, serializer: str
) -> None:
    workshop = make_proxy(make_daemon().register(Workshop()))
    mine = Calculator()
    make_daemon().register(mine)
    assert workshop.use(mine, 3, 4) == 7
    assert mine.calls == ["add"]
    assert workshop.use_nested({"tools": [mine]}) == [3]


def test_a_kept_proxy_is_called_from_whatever_thread_serves(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    workshop = Workshop()
    uri = make_daemon().register(workshop)
    mine = Calculator()
    make_daemon().register(mine)
    make_proxy(uri).keep("mine", mine)
    clients = [Spawned(make_proxy(uri).use_kept, "mine", number) for number in range(6)]
    assert [client.result() for client in clients] == [2 * number for number in range(6)]
    workshop.kept["mine"]._pyro.release()


def test_an_error_in_a_callback_reaches_the_caller_through_both(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Picky:
        @pyrox.expose
        @pyrox.callback
        def add(self, a: int, b: int) -> int:
            raise ArithmeticError(f"will not add {a}")

    workshop = make_proxy(make_daemon().register(Workshop()))
    make_daemon().register(picky := Picky())
    with pytest.raises(ArithmeticError, match="will not add 3"):
        workshop.use(picky, 3, 4)
    assert workshop.kind_of(1) == "int"


def test_a_failing_callback_is_logged_where_it_lives(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, caplog: pytest.LogCaptureFixture
) -> None:
    class Picky:
        @pyrox.expose
        @pyrox.callback
        def add(self, a: int, b: int) -> int:
            raise ArithmeticError("will not")

    with pytest.raises(ArithmeticError):
        make_proxy(make_daemon().register(Picky())).add(1, 2)
    await_log(caplog, "callback add")


def test_calls_go_around_a_ring_of_daemons(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Member:
        next: Any = None

        def __init__(self, name: str) -> None:
            self.name = name

        @pyrox.expose
        def say(self, said: list[str]) -> list[str]:
            if self.name in said:
                return said
            if self.next is None:
                return [*said, self.name]
            return list(self.next.say([*said, self.name]))

    members = [Member(name) for name in "abc"]
    uris = [make_daemon().register(member) for member in members]
    for member, uri in zip(members[:-1], uris[1:], strict=True):
        member.next = make_proxy(uri)
    assert make_proxy(uris[0]).say([]) == ["a", "b", "c"]


def test_a_uri_travels_as_a_uri(serve: ObjectServer, serializer: str) -> None:
    uri = serve(Workshop(), serializer=serializer).uri()
    assert isinstance(uri, pyrox.URI)
    assert str(uri) == "PYRO:there@localhost:9"


def test_a_proxy_does_not_take_its_handshake_data_along(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    workshop = Workshop()
    proxy = make_proxy(make_daemon().register(workshop))
    proxy.keep("secretive", make_proxy("PYRO:x@localhost:1", handshake="my password"))
    assert workshop.kept["secretive"]._pyro.handshake == "hello"
