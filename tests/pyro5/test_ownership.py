"""One thread owns a proxy at a time. Reference 3.3, 9.1-3."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, behavior, expose

Connect = Callable[..., Proxy]


@expose
class Thing:
    @property
    def value(self) -> int:
        return 1

    def echo(self, value: Any) -> Any:
        return value


def in_another_thread(function: Callable[[], Any]) -> Any:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(function())
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return outcome[0]


@pytest.mark.parametrize(
    "use",
    [
        lambda p: p.echo(1),
        lambda p: p._pyroBind(),
        lambda p: p._pyroRelease(),
        lambda p: p.value,
    ],
    ids=["call", "bind", "release", "read"],
)
def test_only_the_owner_may_use_a_proxy(connect: Connect, use: Callable[[Proxy], Any]) -> None:
    proxy = connect(Thing())
    proxy.echo(0)
    error = in_another_thread(lambda: use(proxy))
    assert type(error) is errors.PyroError
    assert str(error) == (
        "the calling thread is not the owner of this proxy, create a new proxy in this thread "
        "or transfer ownership."
    )


def test_who_claims_a_proxy_owns_it_and_keeps_the_connection(connect: Connect) -> None:
    proxy = connect(Thing())
    proxy.echo(0)
    address = proxy._pyroLocalSocket

    def claim_and_use() -> Any:
        proxy._pyroClaimOwnership()
        return proxy.echo(1), proxy._pyroLocalSocket

    assert in_another_thread(claim_and_use) == (1, address)
    with pytest.raises(errors.PyroError, match="not the owner"):
        proxy.echo(2)


@behavior(instance_mode="session")
class Keeper:
    @expose
    def keep(self, proxy: Proxy) -> str:
        self.kept = proxy
        return str(proxy._pyroOwner == threading.get_ident())


def test_a_proxy_belongs_to_the_thread_that_received_it(connect: Connect) -> None:
    keeper = connect(Keeper)
    assert keeper.keep(connect(Thing())) == "True"


@behavior(instance_mode="single")
class Store:
    """Keeps a proxy, and uses it in whatever thread runs a method."""

    @expose
    def keep(self, proxy: Proxy) -> None:
        self.kept = proxy

    @expose
    def use(self, value: Any) -> Any:
        return self.kept.echo(value)

    @expose
    def release(self) -> None:
        self.kept._pyroRelease()


def test_a_proxy_that_a_server_keeps_can_be_called_by_all_its_workers(
    connect: Connect, run: Callable[[Daemon], Daemon]
) -> None:
    # Reference 9.1-3: in Pyro5 it belonged to the worker that had received it.
    elsewhere = run(Daemon())
    store = connect(Store)
    store.keep(Proxy(elsewhere.register(Thing())))
    uri = store._pyroUri

    def client(number: int) -> list[Any]:
        with Proxy(uri) as own:
            return [own.use((number, turn)) for turn in range(20)]

    with ThreadPoolExecutor(8) as pool:
        for number, answers in enumerate(pool.map(client, range(8))):
            assert answers == [(number, turn) for turn in range(20)]
    store.release()
