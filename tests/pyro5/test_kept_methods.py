"""A proxy keeps its methods, so that they are found at once; nothing else changes by that."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, expose

Connect = Callable[..., Proxy]


@expose
class Service:
    def echo(self, value: Any) -> Any:
        return value

    def count(self) -> Iterator[int]:
        return iter(range(3))


@pytest.fixture
def proxy(connect: Connect) -> Proxy:
    return connect(Service())


def test_a_method_is_the_same_object_each_time(proxy: Proxy) -> None:
    assert proxy.echo(1) == 1
    assert proxy.echo is proxy.echo
    assert proxy.echo(2) == 2


def test_a_proxy_goes_when_nobody_has_it_any_more_whatever_methods_it_kept(daemon: Daemon) -> None:
    proxy = Proxy(daemon.register(Service()))
    assert proxy.echo(1) == 1
    seen = weakref.ref(proxy)
    gc.disable()
    try:
        proxy._pyroRelease()
        del proxy
        assert seen() is None
    finally:
        gc.enable()


def test_a_method_can_be_called_when_its_proxy_is_gone(daemon: Daemon) -> None:
    uri = daemon.register(Service())
    echo, count = Proxy(uri).echo, Proxy(uri).count
    gc.collect()
    assert echo(1) == 1
    assert list(count()) == [0, 1, 2]


def test_methods_that_are_taken_away_by_hand_are_not_found(proxy: Proxy) -> None:
    assert proxy.echo(1) == 1
    proxy._pyroMethods = {"count"}
    with pytest.raises(AttributeError, match="no exposed attribute or method 'echo'"):
        _ = proxy.echo


def test_retries_may_be_changed_afterwards(proxy: Proxy, daemon: Daemon) -> None:
    assert proxy.echo(1) == 1
    proxy._pyroMaxRetries = 1
    proxy._pyroConnection.sock.shutdown(2)  # type: ignore[union-attr]
    assert proxy.echo(2) == 2


def test_another_thread_is_refused_all_the_same(proxy: Proxy) -> None:
    assert proxy.echo(1) == 1
    proxy._pyroOwner = 0
    with pytest.raises(errors.PyroError, match="not the owner of this proxy"):
        proxy.echo(1)
    proxy._pyroClaimOwnership()
    assert proxy.echo(1) == 1


def test_a_subclass_is_asked_each_time(connect: Connect) -> None:
    asked: list[str] = []

    class Asking(Proxy):
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return super().__getattr__(name)

    proxy = connect(Service(), kind=Asking)
    proxy._pyroBind()
    asked.clear()
    assert [proxy.echo(1), proxy.echo(2)] == [1, 2]
    assert asked.count("echo") == 2


def test_each_call_of_a_subclass_comes_through_its_own_invoke(connect: Connect) -> None:
    made: list[str] = []

    class Noting(Proxy):
        def _pyroInvoke(self, methodname: str, *rest: Any, **options: Any) -> Any:
            made.append(methodname)
            return super()._pyroInvoke(methodname, *rest, **options)

    proxy = connect(Service(), kind=Noting)
    assert [proxy.echo(1), proxy.echo(2)] == [1, 2]
    assert made == ["echo", "echo"]


def test_a_program_may_replace_what_all_calls_come_through(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    invoke = Proxy._pyroInvoke

    def noting(self: Proxy, methodname: str, *rest: Any, **options: Any) -> Any:
        made.append(methodname)
        return invoke(self, methodname, *rest, **options)

    monkeypatch.setattr(Proxy, "_pyroInvoke", noting)
    assert [proxy.echo(1), proxy.echo(2)] == [1, 2]
    assert made == ["echo", "echo"]
