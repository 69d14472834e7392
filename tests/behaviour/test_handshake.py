"""Handshakes: data that the client shows, and what the daemon makes of it."""

from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Calculator, eventually


class Guarded(pyrox.Daemon):
    """Lets in who knows the word, and keeps a visitors' book."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.shown: list[Any] = []
        self.book: list[str] = []
        super().__init__(*args, **kwargs)

    def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
        self.shown.append(data)
        if data == "wrong":
            raise ValueError("that is not the word")
        return {"welcome": data} if data != "hello" else None

    def client_connected(self, peer: pyrox.Peer) -> None:
        self.book.append("came")

    def client_disconnected(self, peer: pyrox.Peer) -> None:
        self.book.append("went")


@pytest.fixture
def guarded(make_daemon: DaemonMaker) -> Guarded:
    return make_daemon(Guarded)


def test_handshake_data_arrives_and_is_answered(
    guarded: Guarded, make_proxy: ProxyMaker, serializer: str
) -> None:
    proxy = make_proxy(guarded.register(Calculator()), handshake={"user": "ada", "n": [1, 2]})
    assert proxy.add(1, 2) == 3
    assert guarded.shown == [{"user": "ada", "n": [1, 2]}]
    assert proxy._pyro.handshake_answer == {"welcome": {"user": "ada", "n": [1, 2]}}


def test_the_usual_handshake_is_hello_both_ways(guarded: Guarded, make_proxy: ProxyMaker) -> None:
    proxy = make_proxy(guarded.register(Calculator()))
    proxy._pyro.bind()
    assert guarded.shown == ["hello"]
    assert proxy._pyro.handshake_answer == "hello"


def test_a_refused_handshake_tells_the_client_why(
    guarded: Guarded, make_proxy: ProxyMaker, serializer: str
) -> None:
    proxy = make_proxy(guarded.register(Calculator()), handshake="wrong")
    with pytest.raises(pyrox.ConnectError, match="rejected: that is not the word") as caught:
        proxy.add(1)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    assert not proxy._pyro.connected


def test_a_refused_client_is_refused_again_until_it_shows_something_else(
    guarded: Guarded, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(guarded.register(Calculator()), handshake="wrong")
    for _ in range(2):
        with pytest.raises(pyrox.ConnectError):
            proxy.add(1)
    proxy._pyro.handshake = "right"
    assert proxy.add(1, 2) == 3
    assert guarded.shown == ["wrong", "wrong", "right"]


def test_every_connection_is_validated_anew(guarded: Guarded, make_proxy: ProxyMaker) -> None:
    proxy = make_proxy(guarded.register(Calculator()), handshake="me")
    proxy.add(1)
    proxy._pyro.release()
    proxy.add(1)
    assert guarded.shown == ["me", "me"]


def test_handshake_data_that_cannot_travel_is_refused_before_sending(
    guarded: Guarded, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(guarded.register(Calculator()), handshake=object)
    with pytest.raises(pyrox.SerializeError) as caught:
        proxy.add(1)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


def test_annotations_and_correlation_ids_come_with_the_handshake(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    seen: list[Any] = []

    class Reading(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
            seen.append(bytes(pyrox.current_context.annotations["USER"]))
            pyrox.current_context.response_annotations["NOTE"] = b"read"

    proxy = make_proxy(make_daemon(Reading).register(Calculator()))
    with pyrox.call_options(annotations={"USER": b"ada"}):
        proxy._pyro.bind()
    assert seen == [b"ada"]


def test_the_daemon_notes_who_came_and_who_went(guarded: Guarded, make_proxy: ProxyMaker) -> None:
    uri = guarded.register(Calculator())
    proxy = make_proxy(uri)
    proxy._pyro.bind()
    assert guarded.book == ["came"]
    with pytest.raises(pyrox.ConnectError):
        make_proxy(uri, handshake="wrong")._pyro.bind()
    proxy._pyro.release()
    eventually(lambda: guarded.book == ["came", "went"])


def test_a_plugin_may_validate_and_take_note(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    book: list[str] = []

    class Porter:
        @pyrox.hookimpl
        def pyrox_validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
            if data == "wrong":
                raise PermissionError("the plugin says no")
            return "the plugin says yes"

        @pyrox.hookimpl
        def pyrox_client_connected(self, peer: pyrox.Peer) -> None:
            book.append("came")

        @pyrox.hookimpl
        def pyrox_client_disconnected(self, peer: pyrox.Peer) -> None:
            book.append("went")

    plugins = pyrox.Plugins()
    plugins.register(Porter())
    uri = make_daemon(plugins=plugins).register(Calculator())
    with pytest.raises(pyrox.ConnectError, match="the plugin says no"):
        make_proxy(uri, handshake="wrong")._pyro.bind()
    with make_proxy(uri) as proxy:
        proxy._pyro.bind()
        assert proxy._pyro.handshake_answer == "the plugin says yes"
    eventually(lambda: book == ["came", "went"])


def test_a_plugin_may_wrap_every_call(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    seen: list[str] = []

    class Auditor:
        @pyrox.hookimpl
        def pyrox_wrap_invoke(self, invoke: Any) -> Any:
            def audited(context: pyrox.CallContext, method: Any, args: Any, kwargs: Any) -> Any:
                seen.append(context.method)
                if context.method == "fail":
                    raise PermissionError("not audited")
                return invoke(context, method, args, kwargs)

            return audited

    plugins = pyrox.Plugins()
    plugins.register(Auditor())
    proxy = make_proxy(make_daemon(plugins=plugins).register(Calculator()))
    assert proxy.add(1, 2) == 3
    with pytest.raises(PermissionError, match="not audited"):
        proxy.fail("never gets there")
    batch = proxy._pyro.batch()
    batch.add(1, 1)
    assert list(batch()) == [2]
    assert seen == ["add", "fail", "add"]


class Suspicious(pyrox.RemoteObject):
    """Gives up a daemon whose answer it does not like."""

    def validate_handshake(self, answer: Any) -> None:
        assert self.peer is not None and self.peer.stream.fileno() >= 0
        if answer != {"welcome": "friend"}:
            raise pyrox.SecurityError(f"not the answer of a friend: {answer}")


def test_a_client_may_refuse_the_daemon_and_no_call_goes_through(guarded: Guarded) -> None:
    uri = guarded.register(Calculator())
    remote = Suspicious(uri, handshake="hello")
    for _ in range(2):  # the second call connects again: what was refused is not kept
        with pytest.raises(pyrox.SecurityError, match="not the answer of a friend"):
            remote.call("add", (1, 2), {})
        assert not remote.connected
    remote.handshake = "friend"
    assert remote.call("add", (1, 2), {}) == 3
    remote.release()
