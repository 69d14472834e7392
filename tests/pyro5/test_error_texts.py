"""Errors that programs compare or print: their classes, and how their texts begin."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors, protocol, socketutil
from pyrox_pyro5.api import Daemon, Proxy, SerializerBase, expose

Connect = Callable[..., Proxy]


@expose
class Thing:
    @property
    def size(self) -> int:
        return 1

    def items(self) -> Iterator[int]:
        return iter(range(3))

    def unsendable(self) -> object:
        return object()


class Nothing:
    def hidden(self) -> None:
        """Do nothing; nobody can call it."""


@pytest.fixture
def idle() -> Iterator[Daemon]:
    """A daemon that does not serve."""
    with Daemon() as daemon:
        yield daemon


@pytest.mark.parametrize(
    ("use", "method"),
    [
        (len, "__len__"),
        (list, "__len__"),
        (lambda proxy: proxy[0], "__getitem__"),
        (lambda proxy: 3 in proxy, "__getitem__"),
        (lambda proxy: proxy.__setitem__(0, 1), "__setitem__"),
        (lambda proxy: proxy.__delitem__(0), "__delitem__"),
    ],
)
def test_what_python_asks_for_and_is_not_exposed_is_no_call(
    connect: Connect, use: Callable[[Any], Any], method: str
) -> None:
    proxy = connect(Thing())
    proxy._pyroBind()
    before = proxy._pyroSeq
    with pytest.raises(AttributeError) as caught:
        use(proxy)
    text = f"remote object '{proxy._pyroUri}' has no exposed attribute or method '{method}'"
    assert str(caught.value) == text
    assert proxy._pyroSeq == before


def test_an_unknown_method_is_told_as_python_would(connect: Connect) -> None:
    with pytest.raises(AttributeError) as caught:
        connect(Thing())._pyroInvoke("missing", (), {})
    assert str(caught.value) == "'Thing' object has no attribute 'missing'"


def test_writing_what_is_read_only_is_told_in_pyro5s_words(connect: Connect) -> None:
    with pytest.raises(AttributeError) as caught:
        connect(Thing()).size = 2
    begin = "attempt to access unexposed or unknown remote attribute 'size'"
    assert str(caught.value).startswith(begin)


def test_a_value_that_cannot_be_sent_is_told_in_pyro5s_words(connect: Connect) -> None:
    proxy = connect(Thing())
    begin = (
        "don't know how to serialize class <class 'object'>. "
        "Give it vars() or an appropriate __getstate__"
    )
    for call in (proxy.unsendable, lambda: proxy._pyroInvoke("items", (object(),), {})):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value).startswith(begin)
        assert "pyrox" not in str(caught.value)


def test_a_stream_that_ended_is_a_plain_error(connect: Connect, daemon: Daemon) -> None:
    with Proxy(daemon.uriFor("Pyro.Daemon")) as about, pytest.raises(errors.PyroError) as caught:
        about.get_next_stream_item("none")
    assert (caught.type, str(caught.value)) == (errors.PyroError, "item stream terminated")


@pytest.mark.filterwarnings("ignore:.*doesn't expose any")
def test_an_object_that_exposes_nothing_is_told_by_its_uri(daemon: Daemon) -> None:
    uri = daemon.register(Nothing())
    for use in (lambda: Proxy(uri)._pyroBind(), lambda: daemon.proxyFor(uri.object)):
        with pytest.raises(errors.PyroError) as caught:
            use()
        assert caught.type is errors.PyroError
        assert str(caught.value) == (
            f"remote object '{uri}' doesn't expose any methods or attributes. "
            "Did you forget setting @expose on them?"
        )


def test_the_daemon_of_such_an_object_warns_when_it_is_asked_for(daemon: Daemon) -> None:
    thing = Nothing()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        uri = daemon.register(thing)
    with (
        pytest.warns(UserWarning, match="doesn't expose any methods or attributes. Did") as seen,
        pytest.raises(errors.PyroError),
    ):
        Proxy(uri)._pyroBind()
    assert str(seen[0].message).startswith(f"Class {thing!r} doesn't")


def test_what_a_daemon_refuses(idle: Daemon) -> None:
    with pytest.raises(TypeError, match="objectId must be a string or None"):
        idle.register(Thing(), 5)  # type: ignore[arg-type]
    with pytest.raises(errors.DaemonError, match="object isn't registered in this daemon"):
        idle.proxyFor("none")
    with pytest.raises(TypeError, match="threadpool server doesn't have multiplexing selector"):
        _ = idle.selector
    with Daemon() as other, pytest.raises(TypeError, match="can't use the loop combiner on the"):
        idle.combine(other)
    idle.resetMetadataCache("none")


def test_a_dict_without_a_class_stands_for_no_object() -> None:
    with pytest.raises(errors.SerializeError, match="unsupported serialized class: <unknown>"):
        SerializerBase.dict_to_class({})


def test_a_payload_of_another_size_than_the_header_says() -> None:
    header = protocol.SendingMessage(4, 0, 1, 1, b"abc").data[:40]
    with pytest.raises(errors.ProtocolError, match="payload length doesn't match message header"):
        protocol.ReceivingMessage(header, b"x")


def test_a_context_is_for_one_side() -> None:
    with pytest.raises(ValueError, match="can't have both server cert and client cert"):
        socketutil.get_ssl_context(servercert="a", clientcert="b")


def test_an_interface_is_found_for_a_host_as_well() -> None:
    assert socketutil.get_interface("localhost").ip.is_loopback
