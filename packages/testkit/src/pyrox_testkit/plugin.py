"""The pytest plugin: fixtures for programs that use pyrox, and a time limit for the suites."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import pyrox
    from pyrox_nameserver import NameServerDaemon

    from .faults import Faults

for _suites in ("transports", "serializers", "storages"):
    pytest.register_assert_rewrite(f"pyrox_testkit.{_suites}")


@pytest.fixture
def pyrox_location() -> str:
    """Where ``pyrox_daemon`` listens: a free port of this machine. Made to be overridden."""
    return "localhost:0"


@pytest.fixture
def pyrox_config() -> pyrox.Config:
    """The settings of ``pyrox_daemon`` and of the proxies. Made to be overridden."""
    import pyrox

    return pyrox.current_config()


@pytest.fixture
def pyrox_daemon(pyrox_location: str, pyrox_config: pyrox.Config) -> Iterator[pyrox.Daemon]:
    """A daemon that runs in the background, and is closed at the end of the test."""
    import pyrox

    with pyrox.Daemon(pyrox_location, config=pyrox_config) as daemon:
        daemon.start()
        yield daemon


@pytest.fixture
def pyrox_proxy(
    request: pytest.FixtureRequest, pyrox_daemon: pyrox.Daemon, pyrox_config: pyrox.Config
) -> Iterator[Callable[..., Any]]:
    """Make proxies, which are released at the end of the test.

    ``pyrox_proxy(uri)`` is one of an object anywhere; ``pyrox_proxy(obj)`` registers an object
    with ``pyrox_daemon`` first. Further arguments are those of pyrox.Proxy.
    """
    import pyrox

    made: list[pyrox.Proxy] = []

    def make(target: Any, **options: Any) -> pyrox.Proxy:
        if not isinstance(target, str | pyrox.URI):
            target = pyrox_daemon.register(target)
        config = pyrox_config
        if "pyrox_name_server" in request.fixturenames:
            here = pyrox.current_config()  # where that name server is
            config = config.replace(ns_host=here.ns_host, ns_port=here.ns_port)
        made.append(pyrox.Proxy(target, **{"config": config, **options}))
        return made[-1]

    yield make
    for proxy in made:
        proxy._pyro.release()


@pytest.fixture
def pyrox_name_server() -> Iterator[NameServerDaemon]:
    """A name server of its own, which ``locate_ns()`` and ``PYRONAME:`` find during the test."""
    import pyrox
    from pyrox_nameserver import start_ns

    before = pyrox.current_config()
    with start_ns("localhost:0") as daemon:
        host, port = pyrox.split_host_port(daemon.location)
        pyrox.configure(ns_host=host, ns_port=port)
        try:
            yield daemon
        finally:
            pyrox.configure(ns_host=before.ns_host, ns_port=before.ns_port)


@pytest.fixture
def pyrox_faults() -> Iterator[Faults]:
    """Faults to inject: proxies made with ``plugins=pyrox_faults.plugins`` meet them."""
    from .faults import Faults

    faults = Faults()
    yield faults
    faults.heal()
    faults.cut_now()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run each test of a suite in a thread: one that hangs fails, and says where it hung.

    What authors add to their class runs as any test does.
    """
    limit = getattr(pyfuncitem.cls, "pyrox_time_limit", None)
    if limit is None or not pyfuncitem.function.__module__.startswith("pyrox_testkit."):
        return None
    from .patience import Background

    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    def test() -> None:
        pyfuncitem.obj(**arguments)

    test.__qualname__ = pyfuncitem.name
    Background(test).result(limit)
    return True
