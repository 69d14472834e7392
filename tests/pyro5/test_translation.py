"""Reference 4 and 1.9: what pyrox raises, as Pyro5 programs know it; texts begin as Pyro5's."""

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox
from pyrox_pyro5 import errors
from pyrox_pyro5.translation import pyro5_errors, translated

KINDS = [
    (pyrox.NamingError("unknown name: x"), errors.NamingError),
    (pyrox.DaemonError("unknown object"), errors.DaemonError),
    (pyrox.SecurityError("refused"), errors.SecurityError),
    (pyrox.SerializeError("unsupported"), errors.SerializeError),
    (pyrox.MessageTooLargeError("message too large (9, max=8)"), errors.MessageTooLargeError),
    (pyrox.LocalProtocolError("annotation identifier"), errors.ProtocolError),
    (pyrox.RemoteProtocolError("invalid data"), errors.ProtocolError),
    (pyrox.RemoteProtocolError("invalid serializer in response: 9"), errors.SerializeError),
    (pyrox.OverloadedError("the daemon is overloaded"), errors.CommunicationError),
    (pyrox.ConnectError("connection failed"), errors.CommunicationError),
    (pyrox.ConnectionClosedError("failed to reconnect"), errors.ConnectionClosedError),
    (pyrox.CommunicationError("lost"), errors.CommunicationError),
    (pyrox.URIError("invalid uri"), errors.PyroError),
    (pyrox.PluginError("no serializer"), errors.PyroError),
]


@pytest.mark.parametrize(("error", "kind"), KINDS, ids=lambda value: repr(value)[:40])
def test_each_error_becomes_the_one_that_pyro5_has_for_it(
    error: pyrox.PyroxError, kind: type[Exception]
) -> None:
    result = translated(error)
    assert type(result) is kind
    assert result.args == error.args


def test_a_usage_error_is_a_value_error_still() -> None:
    result = translated(pyrox.ConfigError("setting x must be an int"))
    assert isinstance(result, errors.PyroError)
    assert isinstance(result, ValueError)


def test_a_certificate_that_is_not_there_is_an_io_error_still() -> None:
    result = translated(pyrox.ConfigError("server cert file not found: 'x' (setting tls_key)"))
    assert isinstance(result, OSError)
    assert str(result) == "server cert file not found: 'x' (setting SSL_SERVERKEY)"


@pytest.mark.parametrize("error", [errors.NamingError("x"), ValueError("x"), KeyboardInterrupt()])
def test_what_is_none_of_pyroxs_stays_what_it_is(error: BaseException) -> None:
    assert translated(error) is error


def test_attributes_and_notes_stay_with_the_error() -> None:
    error: Any = pyrox.OverloadedError("later")
    error.hint = "soon"
    error.__notes__ = ["a note"]
    result: Any = translated(error)
    assert (result.hint, result.__notes__) == ("soon", ["a note"])


@pytest.mark.parametrize(
    "error",
    [
        pyrox.ConnectionClosedError("gone", outcome=pyrox.Outcome.EXECUTED),
        pyrox.ConnectionClosedError("gone"),
        pyrox.ConnectError("refused"),
        pyrox.LocalProtocolError("annotation"),
    ],
)
def test_the_outcome_of_the_call_stays_known(error: pyrox.CommunicationError) -> None:
    result: Any = translated(error)
    assert result.outcome is error.outcome


@pytest.mark.parametrize(
    ("native", "name"),
    [
        ("max_message_size", "MAX_MESSAGE_SIZE"),
        ("tls_key", "SSL_SERVERKEY"),
        ("tls_key_password", "SSL_SERVERKEYPASSWD"),
        ("tls_client_certificate", "SSL_CLIENTCERT"),
    ],
)
def test_advice_calls_settings_by_the_names_that_pyro5_has_for_them(native: str, name: str) -> None:
    assert str(translated(pyrox.ConfigError(f"set {native}, or else"))) == f"set {name}, or else"


def test_advice_names_pyro5s_variables() -> None:
    told = str(translated(pyrox.NamingError("say where with PYROX_NS_HOST and PYROX_NS_PORT")))
    assert told == "say where with PYRO_NS_HOST and PYRO_NS_PORT"


def test_advice_about_classes_names_pyro5s_functions() -> None:
    class Sent:
        __slots__ = ()

    with pytest.raises(pyrox.SerializeError) as caught:
        pyrox.Converters().to_plain(Sent)
    told = str(translated(caught.value))
    assert "Give it vars() or an appropriate __getstate__" in told
    assert "register_class_to_dict" in told
    with pytest.raises(pyrox.SerializeError) as caught:
        pyrox.Converters().from_plain({"__class__": "shop.Item"})
    told = str(translated(caught.value))
    assert told.startswith("unsupported serialized class: shop.Item")
    assert "register_dict_to_class" in told
    assert "pyrox." not in told


def test_what_is_no_daemon_error_in_pyro5_is_none_here() -> None:
    text = "remote object 'a' at localhost:1 doesn't expose any methods or attributes."
    result = translated(pyrox.DaemonError(text))
    assert type(result) is errors.PyroError
    assert str(result).startswith("remote object 'PYRO:a@localhost:1' doesn't expose any methods")


def test_a_lost_connection_has_partial_data_even_if_it_is_none() -> None:
    assert vars(translated(pyrox.ConnectionClosedError("gone")))["partialData"] == b""


def test_a_missing_name_server_is_told_in_pyro5s_words_first() -> None:
    result = translated(pyrox.NamingError("no name server found: nobody answered"))
    assert str(result) == ("Failed to locate the nameserver; no name server found: nobody answered")


# What arrives from the other side


def arrived(name: str, *args: Any) -> BaseException:
    """Return an exception as an answer brings it."""
    attributes = {"_pyroTraceback": ["Traceback (there):\n", "bad\n"], "shade": "red"}
    form = {"__class__": name, "__exception__": True, "args": args, "attributes": attributes}
    error = pyrox.Converters().from_plain(form)
    assert isinstance(error, BaseException)
    return error


@pytest.mark.parametrize("name", ["Pyro5.errors.TimeoutError", "builtins.ValueError"])
def test_a_remote_exception_has_its_traceback_as_lines_and_keeps_its_text(name: str) -> None:
    result: Any = translated(arrived(name, "just so", 5))
    assert result.args == ("just so", 5)
    assert result._pyroTraceback == ["Traceback (there):\n", "bad\n"]
    assert result.shade == "red"


def test_an_exception_of_an_unknown_class_is_a_serialize_error_that_tells_its_text() -> None:
    result = translated(arrived("shop.Broken", "it broke", 5))
    assert type(result) is errors.SerializeError
    assert str(result).startswith("unsupported serialized class: shop.Broken")
    assert "it broke" in str(result)
    assert vars(result)["_pyroTraceback"] == ["Traceback (there):\n", "bad\n"]
    assert vars(result)["remote_class"] == "shop.Broken"


def test_one_of_a_main_module_is_a_security_error_that_tells_its_text() -> None:
    result = translated(arrived("__main__.Broken", "it broke"))
    assert type(result) is errors.SecurityError
    assert str(result).startswith(
        "refused to deserialize types with double underscores in their name: __main__.Broken"
    )
    assert "it broke" in str(result)


# What goes wrong on the way, for real


@pytest.fixture
def place() -> Iterator[tuple[str, int]]:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        yield "localhost", taken.getsockname()[1]


def failure(call: Callable[[], Any]) -> Any:
    with pytest.raises(errors.PyroError) as caught, pyro5_errors():
        call()
    return caught.value


def connecting(host: str, port: int, **settings: Any) -> Any:
    """Return the Pyro5 error of connecting to a place."""
    config = pyrox.Config(serializer="json", **settings)
    proxy = pyrox.Proxy(f"PYRO:x@{host}:{port}", config=config)
    return failure(proxy._pyro.bind)


def test_a_refused_connection_names_the_place_as_pyro5_does(place: tuple[str, int]) -> None:
    error = connecting(*place)
    assert type(error) is errors.CommunicationError
    assert str(error).startswith(f"cannot connect to {place!r}: [Errno {errno.ECONNREFUSED}] ")
    assert isinstance(error.__cause__, ConnectionRefusedError)


def test_so_does_an_unknown_host() -> None:
    error = connecting("no-such-host.invalid", 4)
    assert type(error) is errors.CommunicationError
    assert str(error).startswith("cannot connect to ('no-such-host.invalid', 4): [Errno ")


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], tuple[str, int]]]:
    """Listen, and answer the first connection with some bytes; then close it."""
    listener = socket.create_server(("localhost", 0))

    def answer(data: bytes) -> None:
        with listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(data)

    def start(data: bytes) -> tuple[str, int]:
        threading.Thread(target=answer, args=(data,), daemon=True).start()
        return "localhost", listener.getsockname()[1]

    with listener:
        yield start


def test_what_is_no_daemon_is_a_protocol_error(
    answering: Callable[[bytes], tuple[str, int]],
) -> None:
    error = connecting(*answering(b"HTTP/1.1 400 Bad Request\r\nServer: no daemon at all\r\n\r\n"))
    assert type(error) is errors.ProtocolError
    assert str(error).startswith("invalid data")


def test_a_peer_that_hangs_up_in_the_handshake_is_a_closed_connection(
    answering: Callable[[bytes], tuple[str, int]],
) -> None:
    error = connecting(*answering(b""))
    assert type(error) is errors.ConnectionClosedError
    assert str(error).startswith("receiving: not enough data")


def test_a_silent_peer_is_a_timeout() -> None:
    with socket.create_server(("localhost", 0)) as listener:
        error = connecting("localhost", listener.getsockname()[1], connect_timeout=0.05)
    assert type(error) is errors.TimeoutError
    assert str(error).startswith("receiving: timeout")
    assert "or raise COMMTIMEOUT" in str(error)


def test_a_refused_handshake_tells_place_and_reason() -> None:
    class Picky(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
            raise ValueError("not you: ever")

    with Picky("localhost:0") as daemon:
        daemon.start()
        host, port = pyrox.split_host_port(daemon.location)
        assert port is not None
        error = connecting(host, port)
    assert type(error) is errors.CommunicationError
    assert str(error) == f"connection to ({host!r}, {port}) rejected: not you: ever"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (ConnectionResetError(104, "reset"), "receiving: connection lost: [Errno 104] reset"),
        (BrokenPipeError(32, "broken"), "sending: connection lost: [Errno 32] broken"),
    ],
)
def test_a_lost_connection_tells_which_way_it_was_lost(problem: OSError, text: str) -> None:
    error = pyrox.ConnectionClosedError("connection with x:1 lost: why")
    error.__cause__ = problem
    result = translated(error)
    assert type(result) is errors.ConnectionClosedError
    assert str(result).startswith(text)
    assert result.__cause__ is problem


def test_a_unix_socket_is_named_by_its_path() -> None:
    error = pyrox.ConnectError("cannot connect to unix://./u:/run/x: there is no such socket")
    error.__cause__ = FileNotFoundError(2, "No such file")
    assert str(translated(error)).startswith("cannot connect to /run/x: [Errno 2] No such file")
