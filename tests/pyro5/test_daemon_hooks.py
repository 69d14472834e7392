"""What a daemon's subclass may override, and its error handler. Reference 3.5."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, current_context, expose

Run = Callable[[Daemon], Daemon]


@expose
class Thing:
    def echo(self, value: Any) -> Any:
        return value

    def fail(self, text: str) -> None:
        raise ValueError(text)


def test_the_handshake_is_validated(run: Run, server_type: str) -> None:
    seen: list[Any] = []

    class Guarded(Daemon):
        def validateHandshake(self, conn: Any, data: Any) -> Any:
            seen.append((conn.sock.getpeername()[0], data, conn.getpeercert()))
            if data != "please":
                raise ValueError("say please")
            return {"welcome": [1, 2]}

    class Asking(Proxy):
        def _pyroValidateHandshake(self, response: Any) -> None:
            seen.append(response)

    daemon = run(Guarded())
    proxy = Asking(daemon.register(Thing()))
    with pytest.raises(errors.CommunicationError, match="rejected: say please"):
        proxy._pyroBind()
    proxy._pyroHandshake = "please"
    proxy._pyroBind()
    assert seen == [
        ("127.0.0.1", "hello", None), ("127.0.0.1", "please", None), {"welcome": [1, 2]},
    ]  # fmt: skip
    proxy._pyroRelease()


def test_a_leaving_client_is_noted_by_the_connection_it_came_with(
    run: Run, server_type: str
) -> None:
    came: list[Any] = []
    left: list[Any] = []
    gone = threading.Event()

    class Noting(Daemon):
        def validateHandshake(self, conn: Any, data: Any) -> Any:
            came.append(conn)
            return super().validateHandshake(conn, data)

        def clientDisconnect(self, conn: Any) -> None:
            left.append(conn)
            gone.set()

    with Proxy(run(Noting()).register(Thing())) as proxy:
        proxy.echo(1)
    assert gone.wait(10)
    assert came == left


def test_annotations_go_with_every_answer(run: Run, server_type: str) -> None:
    class Annotating(Daemon):
        def annotations(self) -> dict[str, Any]:
            return {**super().annotations(), "DMON": b"from the daemon"}

    with Proxy(run(Annotating()).register(Thing())) as proxy:
        proxy.echo(1)
        assert bytes(current_context.response_annotations["DMON"]) == b"from the daemon"
        with pytest.raises(ValueError):
            proxy.fail("x")
        assert "DMON" in current_context.response_annotations


def test_every_request_passes_through_handle_request(run: Run, server_type: str) -> None:
    seen: list[Any] = []

    class Watching(Daemon):
        def handleRequest(self, conn: Any) -> None:
            seen.append(conn.sock.getpeername())
            super().handleRequest(conn)

    with Proxy(run(Watching()).register(Thing())) as proxy:
        assert proxy.echo("x") == "x"
        with pytest.raises(ValueError, match="bad"):
            proxy.fail("bad")
        assert seen == [proxy._pyroLocalSocket] * 2


def test_the_error_handler_is_told_of_a_methods_exception(run: Run, server_type: str) -> None:
    told: list[Any] = []
    daemon = run(Daemon())
    daemon.methodcall_error_handler = lambda *args: told.append(args)
    with Proxy(daemon.register(Thing())) as proxy:
        with pytest.raises(ValueError):
            proxy.fail("bad")
        address = proxy._pyroLocalSocket
    ((where, client, method, vargs, kwargs, error),) = told
    assert (where, client, tuple(vargs), kwargs) == (daemon, address, ("bad",), {})
    assert method.__func__ is Thing.fail
    assert repr(error) == "ValueError('bad')"


def test_the_error_handler_is_told_of_no_attribute(run: Run, server_type: str) -> None:
    told: list[Any] = []

    @expose
    class Broken:
        @property
        def value(self) -> Any:
            raise ValueError("broken")

    daemon = run(Daemon())
    daemon.methodcall_error_handler = lambda *args: told.append(args)
    with Proxy(daemon.register(Broken())) as proxy, pytest.raises(ValueError, match="broken"):
        proxy.value  # noqa: B018
    assert told == []


def test_what_the_error_handler_raises_is_what_the_caller_sees(run: Run, server_type: str) -> None:
    def handler(*args: Any) -> None:
        raise LookupError("instead")

    daemon = run(Daemon())
    daemon.methodcall_error_handler = handler
    with Proxy(daemon.register(Thing())) as proxy, pytest.raises(LookupError, match="instead"):
        proxy.fail("bad")


def test_housekeeping_is_done_now_and_then(run: Run, server_type: str) -> None:
    done = threading.Event()

    class Keeping(Daemon):
        def housekeeping(self) -> None:
            done.set()

    run(Keeping())
    assert done.wait(10)
