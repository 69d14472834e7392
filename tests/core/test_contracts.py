"""What the base classes of plugins do by themselves."""

import errno
import socket
from typing import Any

import pytest

from pyrox import (
    Command,
    Config,
    ConnectError,
    Converters,
    NamingError,
    Outcome,
    Resolver,
    SerializeError,
    Serializer,
    SocketTransport,
    Table,
)
from pyrox.contracts.flow import Call, Flow
from pyrox.contracts.transport import connect_error, without
from pyrox.values.uri import URI
from tests.core.fakes import FakeSerializer


class Plain(FakeSerializer):
    """Reads back what ``loads`` is told to return."""

    value: Any = None

    def loads(self, data: Any, converters: Converters) -> Any:
        return self.value


def test_a_serializer_writes_a_call_as_four_parts() -> None:
    written = FakeSerializer("x", 40).dumps_call("o", "m", (1,), {"k": 2}, Converters())
    assert written == b"('o', 'm', (1,), {'k': 2})"


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_serializer_reads_a_call_as_four_parts(kind: type) -> None:
    serializer = Plain("x", 40)
    serializer.value = kind(["o", "m", (1,), None])
    assert serializer.loads_call(b"", Converters()) == ("o", "m", (1,), None)


@pytest.mark.parametrize("value", [None, 5, "four", {}, [], [1, 2, 3], [1, 2, 3, 4, 5]])
def test_anything_but_four_parts_is_no_call(value: Any) -> None:
    serializer = Plain("x", 40)
    serializer.value = value
    with pytest.raises(SerializeError, match="expected object id, method, args and kwargs"):
        serializer.loads_call(b"", Converters())


def test_a_plugin_shows_its_name() -> None:
    assert repr(FakeSerializer("tea", 40)) == "<FakeSerializer 'tea' id=40>"
    assert issubclass(FakeSerializer, Serializer)


# Transports


class NoTransport(SocketTransport):
    scheme = "no"


@pytest.mark.parametrize("method", ["new_socket", "address"])
def test_a_transport_over_sockets_defines_two_methods(method: str) -> None:
    arguments = ["here"] if method == "address" else []
    with pytest.raises(TypeError, match=rf"NoTransport must define {method}\(\)"):
        getattr(NoTransport(), method)(*arguments)


def test_a_transport_that_says_nothing_else_is_public() -> None:
    assert NoTransport().is_public("anywhere")
    assert repr(NoTransport()) == "<NoTransport 'no'>"


@pytest.mark.parametrize(
    ("error", "cause", "advice"),
    [
        (socket.gaierror(-2, "unknown"), "host name is not known", "check its spelling"),
        (ConnectionRefusedError(111, "refused"), "nothing listens there", "check the port"),
        (TimeoutError("slow"), "no answer in time", "connect_timeout"),
        (BlockingIOError(11, "slow"), "no answer in time", "connect_timeout"),
        (OSError(errno.ENETUNREACH, "x"), "no route to it", "check the address and the network"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to it", "check the address and the network"),
        (FileNotFoundError(2, "x"), "no such socket", "check the path"),
        (PermissionError(13, "x"), "permission denied", "check who may use it"),
        (OSError(99, "strange"), "the connection failed", "check the address"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failed_connection_says_where_why_and_what_to_look_at(
    error: OSError, cause: str, advice: str
) -> None:
    found = connect_error("host:1", error)
    assert type(found) is ConnectError
    assert found.outcome is Outcome.NOT_SENT
    for part in ("cannot connect to host:1", cause, str(error), advice):
        assert part in str(found)


@pytest.mark.parametrize("count", range(10))
def test_what_is_left_of_buffers_is_what_was_not_sent(count: int) -> None:
    whole = b"onetwo333"
    left = without([memoryview(whole[0:3]), memoryview(whole[3:6]), memoryview(whole[6:9])], count)
    assert b"".join(left) == whole[count:]
    assert all(view.nbytes for view in left)


def test_what_is_left_counts_bytes_rather_than_items() -> None:
    numbers = memoryview(bytes(range(8))).cast("I")
    assert b"".join(without([numbers], 3)) == bytes(range(3, 8))


# Resolvers


class Direct(Resolver):
    schemes = ("PYROHERE", "PYROTHERE")

    def resolve(self, uri: URI, config: Config) -> Flow[URI]:
        port = yield Call(URI("PYRO:ports@h:1"), "lookup", (uri.object,))
        return URI.of(uri.object, f"h:{port}")


def test_a_flow_asks_for_steps_and_returns_its_result() -> None:
    flow = Direct().resolve(URI("PYROHERE:thing"), Config())
    step = next(flow)
    assert step == Call(URI("PYRO:ports@h:1"), "lookup", ("thing",), {})
    with pytest.raises(StopIteration) as done:
        flow.send(5)
    assert done.value.value == URI("PYRO:thing@h:5")


def test_a_resolver_needs_no_name_server_unless_it_says_so() -> None:
    with pytest.raises(NamingError, match="PYROHERE and PYROTHERE need no name server"):
        next(Direct().locate(None, False, Config()))


def test_a_step_holds_no_arguments_of_another() -> None:
    with pytest.raises(TypeError):
        Call(URI("PYRO:o@h:1"), "m").kwargs["k"] = 1  # type: ignore[index]


def test_commands_and_tables_are_plain_values() -> None:
    assert Command("tea", "tea:make", "Make tea.") == Command("tea", "tea:make", "Make tea.")
    assert Table(["name"], []).empty == "nothing found"
