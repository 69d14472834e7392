"""Timeouts, retries and reconnecting. Reference 3.3, 6.6, 6.7 and 9.3-24."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import BatchProxy, Daemon, Proxy, config, expose

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]
PATIENCE = 30.0


@expose
class Gate:
    """Lets calls wait until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.calls: list[str] = []

    def wait(self, name: str = "") -> str:
        self.calls.append(name)
        self.opened.wait(PATIENCE)
        return name

    def quick(self, name: str = "") -> str:
        self.calls.append(name)
        return name

    @property
    def waiting(self) -> str:
        return self.wait("property")

    def __len__(self) -> int:
        return len(self.calls)


@pytest.fixture
def gate() -> Any:
    gate = Gate()
    yield gate
    gate.opened.set()


def test_an_answer_that_does_not_come_in_time_is_a_timeout(connect: Connect, gate: Gate) -> None:
    proxy = connect(gate)
    proxy._pyroTimeout = 0.05
    with pytest.raises(errors.TimeoutError, match=r"^receiving: timeout"):
        proxy.wait()
    assert proxy._pyroConnection is None


def test_the_call_goes_on_at_the_server_and_its_answer_reaches_nobody(
    connect: Connect, gate: Gate
) -> None:
    proxy = connect(gate)
    proxy._pyroTimeout = 0.05
    with pytest.raises(errors.TimeoutError):
        proxy.wait("late")
    gate.opened.set()
    proxy._pyroTimeout = PATIENCE
    assert [proxy.quick("next") for _ in range(3)] == ["next"] * 3
    assert gate.calls == ["late", "next", "next", "next"]


def test_a_timeout_counts_on_a_connection_that_is_there_already(
    connect: Connect, gate: Gate
) -> None:
    proxy = connect(gate)
    assert proxy.quick("a") == "a"
    connection = proxy._pyroConnection
    proxy._pyroTimeout = 0.05
    assert connection is not None
    with pytest.raises(errors.TimeoutError):
        proxy.wait()


@pytest.mark.parametrize("none", [0, 0.0, None])
def test_no_timeout_is_no_limit_on_an_open_connection_too(
    connect: Connect, gate: Gate, none: Any
) -> None:
    proxy = connect(gate)
    proxy._pyroTimeout = 5
    assert proxy.quick("a") == "a"
    proxy._pyroTimeout = none
    threading.Timer(0.1, gate.opened.set).start()
    assert proxy.wait("waited") == "waited"


def test_the_settings_timeout_is_that_of_proxies_made_from_then_on(
    connect: Connect, gate: Gate
) -> None:
    before = connect(gate)
    config.COMMTIMEOUT = 0.05
    after = Proxy(before._pyroUri)
    assert (before._pyroTimeout, after._pyroTimeout) == (0.0, 0.05)
    with after, pytest.raises(errors.TimeoutError):
        after.wait()


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    with socket.create_server(("localhost", 0)) as silent:
        proxy = Proxy(f"PYRO:x@localhost:{silent.getsockname()[1]}")
        proxy._pyroTimeout = 0.05
        with pytest.raises(errors.TimeoutError):
            proxy.ping()


@pytest.fixture
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let proxies look before every call whether their connection is still there."""
    monkeypatch.setattr("pyrox.sync.connection.STALE_AFTER", 0.0)


@pytest.mark.usefixtures("looks_at_once")
def test_a_client_that_made_no_call_for_long_is_served_again(
    run: Run, server_type: str, gate: Gate
) -> None:
    # Pyro5's thread server loses such a client's next call.
    ended = threading.Event()

    class Noting(Daemon):
        def clientDisconnect(self, conn: Any) -> None:
            ended.set()

    daemon = run(Noting())
    with Proxy(daemon.register(gate)) as proxy:
        config.COMMTIMEOUT = 0.5  # after the proxy was made, so that its calls have no limit
        assert proxy.quick("a") == "a"
        if server_type == "thread":
            assert ended.wait(PATIENCE)
        assert proxy.quick("b") == "b"
    assert gate.calls == ["a", "b"]


# Retries


def test_a_call_that_timed_out_is_made_again_as_often_as_max_retries_says(
    run: Run, gate: Gate
) -> None:
    config.SERVERTYPE, config.MAX_RETRIES = "thread", 2
    proxy = Proxy(run(Daemon()).register(gate))
    proxy._pyroTimeout = 0.05
    with pytest.raises(errors.TimeoutError):
        proxy.wait("again")
    gate.opened.set()
    proxy._pyroTimeout = PATIENCE
    assert proxy.quick("last") == "last"
    assert gate.calls == ["again"] * 3 + ["last"]
    proxy._pyroRelease()


def test_no_call_is_made_again_unless_the_settings_say_so(connect: Connect, gate: Gate) -> None:
    proxy = connect(gate)
    assert proxy._pyroMaxRetries == 0
    proxy._pyroTimeout = 0.05
    with pytest.raises(errors.TimeoutError):
        proxy.wait("once")
    gate.opened.set()
    proxy._pyroTimeout = PATIENCE
    assert proxy.quick("last") == "last"
    assert gate.calls == ["once", "last"]


def test_retries_stop_with_the_first_answer(connect: Connect, gate: Gate) -> None:
    proxy = connect(gate)
    proxy._pyroMaxRetries = 100
    proxy._pyroTimeout = 0.1
    threading.Timer(0.15, gate.opened.set).start()
    assert proxy.wait("again") == "again"


def test_the_number_of_retries_is_taken_with_the_method(connect: Connect, gate: Gate) -> None:
    proxy = connect(gate)
    proxy._pyroTimeout = 0.05
    wait = proxy.wait
    proxy._pyroMaxRetries = 5
    with pytest.raises(errors.TimeoutError):
        wait("once")
    gate.opened.set()
    proxy._pyroTimeout = PATIENCE
    assert proxy.quick("last") == "last"
    assert gate.calls == ["once", "last"]


def read_attribute(proxy: Proxy) -> Any:
    return proxy.waiting


def make_batch(proxy: Proxy) -> Any:
    batch = BatchProxy(proxy)
    batch.wait("property")
    return list(batch())


@pytest.mark.parametrize("use", [read_attribute, make_batch])
def test_only_calls_of_methods_are_retried(
    connect: Connect, gate: Gate, use: Callable[[Proxy], Any]
) -> None:
    proxy = connect(gate)
    proxy._pyroMaxRetries = 3
    proxy._pyroTimeout = 0.05
    with pytest.raises(errors.TimeoutError):
        use(proxy)
    gate.opened.set()
    proxy._pyroTimeout = PATIENCE
    assert proxy.quick("last") == "last"
    assert gate.calls == ["property", "last"]


def test_an_exception_of_the_method_is_not_retried(connect: Connect, gate: Gate) -> None:
    proxy = connect(gate)
    proxy._pyroMaxRetries = 3
    with pytest.raises(TypeError):
        proxy.quick("too", "many")
    assert gate.calls == []


# Reconnecting


@pytest.mark.usefixtures("looks_at_once")
def test_a_server_that_came_back_is_called_as_if_nothing_had_been(
    run: Run, server_type: str, gate: Gate
) -> None:
    first = run(Daemon())
    uri = first.register(gate, "gate")
    with Proxy(uri) as proxy:
        assert proxy.quick("before") == "before"
        first.shutdown()
        run(Daemon(port=uri.port or 0)).register(gate, "gate", force=True)
        assert proxy.quick("after") == "after"


def test_reconnecting_waits_for_the_server(run: Run, server_type: str, gate: Gate) -> None:
    first = run(Daemon())
    uri = first.register(gate, "gate")
    proxy = Proxy(uri)
    assert proxy.quick("before") == "before"
    first.shutdown()

    def come_back() -> None:
        run(Daemon(port=uri.port or 0)).register(gate, "gate", force=True)

    back = threading.Timer(0.2, come_back)
    back.start()
    proxy._pyroReconnect(tries=10)
    back.join()
    assert proxy.quick("after") == "after"
    proxy._pyroRelease()


def test_reconnecting_does_not_wait_for_a_name_server() -> None:
    config.NS_HOST, config.NS_PORT, config.BROADCAST_ADDRS = "127.0.0.1", 1, []
    with pytest.raises(errors.NamingError):
        Proxy("PYRONAME:nobody@localhost:1")._pyroReconnect()
