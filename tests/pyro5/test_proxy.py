"""Proxies. Reference 3.3."""

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import URI, Daemon, Proxy, config, current_context, expose, oneway

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]
NOWHERE = "PYRO:nobody@localhost:1"


@expose
class Thing:
    """Has one of everything."""

    def __init__(self) -> None:
        self._value = 1
        self.called = threading.Event()

    @property
    def value(self) -> int:
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        self._value = value

    @property
    def fixed(self) -> str:
        return "fixed"

    def echo(self, value: Any) -> Any:
        return value

    @oneway
    def note(self) -> None:
        self.called.set()

    def fail(self) -> None:
        raise ValueError("bad", 42)

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> int:
        return [10, 20, 30][index]

    def __setitem__(self, index: int, value: int) -> None:
        self._value = index + value

    def __delitem__(self, index: int) -> None:
        self._value = -index

    def hidden_from_nobody(self) -> str:
        return "seen"


class Plain:
    def hidden(self) -> str:
        return "hidden"

    @expose
    def shown(self) -> str:
        return "shown"


# Construction


@pytest.mark.parametrize("uri", [NOWHERE, "PYRONAME:some.name", "PYROMETA:a,b"])
def test_making_a_proxy_does_not_connect(uri: str) -> None:
    proxy = Proxy(uri)
    assert proxy._pyroConnection is None
    assert str(proxy._pyroUri) == uri or proxy._pyroUri.protocol == "PYROMETA"


@pytest.mark.parametrize("wrong", [None, 5, b"PYRO:a@b:1", object()])
def test_a_proxy_is_made_of_a_uri_and_nothing_else(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected Pyro URI"):
        Proxy(wrong)


def test_a_proxy_is_made_of_a_uri_object_too() -> None:
    assert Proxy(URI(NOWHERE))._pyroUri == URI(NOWHERE)


def test_an_unknown_serializer_in_the_settings_shows_at_once() -> None:
    config.SERIALIZER = "pickle"
    with pytest.raises(ValueError, match="unknown serializer configured"):
        Proxy(NOWHERE)


def test_making_a_proxy_clears_the_response_annotations() -> None:
    current_context.response_annotations = {"ABCD": b"x"}
    Proxy(NOWHERE)
    assert current_context.response_annotations == {}


# Attributes of its own


def test_a_new_proxy_has_the_defaults_of_the_settings() -> None:
    config.COMMTIMEOUT, config.MAX_RETRIES = 2.5, 3
    proxy = Proxy(NOWHERE)
    config.COMMTIMEOUT, config.MAX_RETRIES = 0.0, 0
    assert (proxy._pyroTimeout, proxy._pyroMaxRetries) == (2.5, 3)
    assert proxy._pyroSerializer is None
    assert proxy._pyroHandshake == "hello"
    assert proxy._pyroSeq == 0
    assert proxy._pyroRawWireResponse is False
    assert proxy._pyroMethods == proxy._pyroAttrs == proxy._pyroOneway == set()


def test_the_sequence_number_counts_requests_and_outlives_a_reconnect(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy.echo(1)
    proxy.echo(2)
    assert proxy._pyroSeq == 2
    proxy._pyroRelease()
    proxy.echo(3)
    assert proxy._pyroSeq == 3
    assert copy.copy(proxy)._pyroSeq == 0


def test_a_serializer_may_be_chosen_for_one_proxy(connect: Connect) -> None:
    proxy = connect(Thing())
    assert proxy.echo((1, 2)) == (1, 2)
    proxy._pyroSerializer = "json"
    assert proxy.echo((1, 2)) == [1, 2]


def test_an_unknown_serializer_of_a_proxy_shows_at_the_call(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy._pyroSerializer = "pickle"
    with pytest.raises(KeyError):
        proxy.echo(1)


def test_the_serializer_of_the_settings_counts_at_each_call(connect: Connect) -> None:
    proxy = connect(Thing())
    assert proxy.echo((1,)) == (1,)
    config.SERIALIZER = "json"
    assert proxy.echo((1,)) == [1]


def test_a_raw_response_is_neither_read_nor_raised(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy._pyroSerializer = "json"
    proxy._pyroRawWireResponse = True
    answer = proxy.echo("text")
    assert (answer.type, answer.serializer_id, bytes(answer.data)) == (5, 3, b'"text"')
    failed = proxy.fail()
    assert failed.flags & 1
    assert b"builtins.ValueError" in bytes(failed.data)


@pytest.mark.parametrize("name", ["some", "_some", "__some", "_pyroAnnotations", "_pyroHmacKey"])
def test_no_other_attribute_can_be_set_on_a_proxy(connect: Connect, name: str) -> None:
    proxy = connect(Thing())
    with pytest.raises(AttributeError, match=f"has no exposed attribute '{name}'"):
        setattr(proxy, name, 1)


def test_a_subclass_may_add_methods(connect: Connect) -> None:
    class Friendly(Proxy):
        def greet(self) -> Any:
            return self.echo("hello")

    assert connect(Thing(), kind=Friendly).greet() == "hello"


def test_a_subclass_sees_every_call_in_invoke(connect: Connect) -> None:
    seen: list[Any] = []

    class Watching(Proxy):
        def _pyroInvoke(
            self, methodname: str, vargs: Any, kwargs: Any, *more: Any, **rest: Any
        ) -> Any:
            seen.append((methodname, tuple(vargs), kwargs))
            return super()._pyroInvoke(methodname, vargs, kwargs, *more, **rest)

    proxy = connect(Thing(), kind=Watching)
    proxy.echo(1)
    assert proxy.value == 1
    proxy.value = 2
    assert seen == [
        ("echo", (1,), {}),
        ("__getattr__", ("value",), None),
        ("__setattr__", ("value", 2), None),
    ]


# Connecting


def test_bind_connects_once(connect: Connect) -> None:
    proxy = connect(Thing())
    assert proxy._pyroBind() is True
    assert proxy._pyroBind() is False
    assert proxy._pyroConnection is not None
    assert {"echo", "fail", "note"} <= proxy._pyroMethods
    assert {"value", "fixed"} == proxy._pyroAttrs
    assert {"note"} == proxy._pyroOneway


def test_a_released_proxy_connects_again_at_the_next_call(connect: Connect) -> None:
    proxy = connect(Thing())
    assert proxy.echo(1) == 1
    proxy._pyroRelease()
    assert proxy._pyroConnection is None
    assert proxy._pyroLocalSocket is None
    assert proxy.echo(2) == 2


def test_the_local_end_of_the_connection_is_known(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy._pyroBind()
    connection = proxy._pyroConnection
    assert connection is not None
    assert proxy._pyroLocalSocket == connection.sock.getsockname()
    assert connection.family() in ("IPv4", "IPv6")


def test_a_with_block_releases_the_proxy(connect: Connect) -> None:
    with connect(Thing()) as proxy:
        assert proxy.echo(1) == 1
    assert proxy._pyroConnection is None


def test_reconnecting_gives_up_after_the_given_tries() -> None:
    proxy = Proxy(NOWHERE)
    with pytest.raises(errors.ConnectionClosedError, match="failed to reconnect"):
        proxy._pyroReconnect(tries=1)


def test_nobody_there_is_a_communication_error() -> None:
    with pytest.raises(errors.CommunicationError, match="cannot connect to") as caught:
        Proxy(NOWHERE).anything()
    assert type(caught.value) is errors.CommunicationError


def test_an_unknown_object_is_a_rejected_connection(daemon: Daemon) -> None:
    with pytest.raises(errors.CommunicationError, match=r"rejected: unknown object"):
        Proxy(daemon.uriFor("nothing.here"))._pyroBind()


def test_the_client_may_refuse_the_answer_to_its_handshake_and_no_call_goes_through(
    connect: Connect,
) -> None:
    # Reference 9.2-1: in Pyro5 the connection stayed, and the next call went through.
    class Strict(Proxy):
        def _pyroValidateHandshake(self, response: Any) -> None:
            raise errors.CommunicationError(f"not what was expected: {response}")

    proxy = connect(Thing(), kind=Strict)
    for _ in range(2):
        with pytest.raises(errors.CommunicationError, match="not what was expected: hello"):
            proxy.echo(1)
        assert proxy._pyroConnection is None


# Members


def test_an_attribute_is_read_and_written(connect: Connect, serializer: str) -> None:
    proxy = connect(Thing())
    assert proxy.value == 1
    proxy.value = 5
    assert proxy.value == 5


def test_an_unknown_name_is_known_without_a_round_trip(connect: Connect) -> None:
    proxy = connect(Plain())
    proxy._pyroBind()
    sequence = proxy._pyroSeq
    with pytest.raises(AttributeError, match="has no exposed attribute or method 'hidden'"):
        proxy.hidden()
    assert proxy._pyroSeq == sequence
    assert hasattr(proxy, "shown")
    assert not hasattr(proxy, "other")


def test_a_read_only_attribute_cannot_be_written(connect: Connect) -> None:
    with pytest.raises(AttributeError):
        connect(Thing()).fixed = "x"


def test_a_dotted_name_is_refused_by_the_daemon(connect: Connect) -> None:
    with pytest.raises(AttributeError):
        connect(Thing()).echo.something()


def test_an_exception_arrives_with_its_traceback(connect: Connect, serializer: str) -> None:
    with pytest.raises(ValueError, match="bad") as caught:
        connect(Thing()).fail()
    assert caught.value.args == ("bad", 42)
    assert "fail" in "".join(caught.value._pyroTraceback)  # type: ignore[attr-defined]


def test_a_oneway_call_gives_none_and_runs(connect: Connect) -> None:
    thing = Thing()
    proxy = connect(thing)
    assert proxy.note() is None
    assert thing.called.wait(10)


def test_a_method_may_be_declared_oneway_by_the_client(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy._pyroBind()
    proxy._pyroOneway.add("echo")
    assert proxy.echo("x") is None
    proxy._pyroOneway.clear()
    assert proxy.echo("x") == "x"


# What Python's syntax does


def test_length_and_items_are_the_remote_objects(connect: Connect) -> None:
    proxy = connect(Thing())
    assert len(proxy) == 3
    assert proxy[1] == 20
    proxy[1] = 5
    assert proxy.value == 6
    del proxy[2]
    assert proxy.value == -2


def test_without_a_remote_iterator_items_are_asked_for_by_index(connect: Connect) -> None:
    assert list(connect(Thing())) == [10, 20, 30]


def test_a_proxy_is_always_true_even_of_an_empty_object(connect: Connect) -> None:
    assert Proxy(NOWHERE)


def test_contains_asks_the_remote_object(connect: Connect) -> None:
    # Reference 9.3-17: in Pyro5 a remote __contains__ was passed over.
    @expose
    class Box:
        def __contains__(self, item: Any) -> bool:
            return bool(item == "cat")

    assert "cat" in connect(Box())
    assert 20 in connect(Thing())


def test_a_proxy_cannot_be_called() -> None:
    assert not callable(Proxy(NOWHERE))


def test_dir_names_the_members_that_are_known(connect: Connect) -> None:
    proxy = connect(Thing())
    assert "echo" not in dir(proxy)
    proxy._pyroBind()
    assert {"echo", "value", "_pyroBind"} <= set(dir(proxy))


# Identity and copies


def test_proxies_are_equal_by_their_uri() -> None:
    assert Proxy(NOWHERE) == Proxy(NOWHERE)
    assert Proxy(NOWHERE) != Proxy("PYRO:somebody@localhost:1")
    assert Proxy(NOWHERE) != "a text"
    assert len({Proxy(NOWHERE), Proxy(NOWHERE)}) == 1


def test_the_repr_tells_the_state(connect: Connect) -> None:
    proxy = connect(Thing())
    assert repr(proxy).startswith("<Pyro5.client.Proxy at 0x")
    assert "; not connected; for PYRO:" in repr(proxy)
    proxy._pyroBind()
    assert "; connected IPv" in repr(proxy)
    assert repr(proxy).endswith(f"; owner {threading.get_ident()}>")


def test_a_copy_is_not_connected_and_keeps_its_limits(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy._pyroTimeout, proxy._pyroMaxRetries, proxy._pyroRawWireResponse = 7.0, 2, True
    proxy._pyroBind()
    twin = copy.copy(proxy)
    assert twin == proxy
    assert twin._pyroConnection is None
    assert (twin._pyroTimeout, twin._pyroMaxRetries, twin._pyroRawWireResponse) == (7.0, 2, True)
    assert twin._pyroMethods == proxy._pyroMethods


@pytest.mark.parametrize("again", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_pickled_proxy_starts_over_with_the_settings_limits(
    connect: Connect, again: Callable[[Proxy], Proxy]
) -> None:
    proxy = connect(Thing())
    proxy._pyroTimeout, proxy._pyroSerializer, proxy._pyroHandshake = 7.0, "json", "secret"
    twin = again(proxy)
    assert twin == proxy
    assert twin._pyroTimeout == config.COMMTIMEOUT
    assert (twin._pyroSerializer, twin._pyroHandshake) == ("json", "secret")
    assert twin.echo(1) == 1
    twin._pyroRelease()


def test_a_forgotten_proxy_closes_its_connection(run: Run, server_type: str) -> None:
    ended = threading.Event()

    class Noting(Daemon):
        def clientDisconnect(self, conn: Any) -> None:
            ended.set()

    proxy = Proxy(run(Noting()).register(Thing()))
    assert proxy.echo(1) == 1
    del proxy
    assert ended.wait(10)


# Underneath


def test_what_an_object_has_can_be_asked_for_and_given(connect: Connect, daemon: Daemon) -> None:
    other = daemon.register(Plain(), "other")
    proxy = connect(Thing())
    proxy._pyroGetMetadata()
    assert "echo" in proxy._pyroMethods
    assert proxy._pyroAttrs == {"value", "fixed"}
    assert proxy._pyroOneway == {"note"}
    proxy._pyroGetMetadata(other.object)
    assert (proxy._pyroMethods, proxy._pyroAttrs) == ({"shown"}, set())
    proxy._pyroGetMetadata(known_metadata={"methods": ["a"], "attrs": ["b"], "oneway": []})
    assert (proxy._pyroMethods, proxy._pyroAttrs, proxy._pyroOneway) == ({"a"}, {"b"}, set())


def test_calls_can_be_made_raw(connect: Connect) -> None:
    proxy = connect(Thing())
    assert proxy._pyroInvoke("echo", ["one"], {}) == "one"
    assert proxy._pyroInvoke("ping", [], {}, objectId="Pyro.Daemon") is None
    calls = [("echo", ("a",), {}), ("echo", (), {"value": "b"})]
    assert list(proxy._pyroInvokeBatch(calls)) == ["a", "b"]
    assert proxy._pyroInvokeBatch(calls, oneway=True) is None
