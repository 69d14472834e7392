"""The fixtures that the testkit gives to the tests of programs which use pyrox."""

from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from pyrox_nameserver import NameServerDaemon

pytest_plugins = ["pytester"]

TESTS_WITH_NAMES = """
import pyrox, pytest

@pytest.fixture
def pyrox_config(): return pyrox.Config(timeout=7.0)

def test_it(pyrox_name_server, pyrox_proxy):
    assert pyrox_proxy("PYRONAME:Pyro.NameServer").count() == 1
"""


@pyrox.expose
class Counter:
    def __init__(self) -> None:
        self.value = 0

    def increment(self) -> int:
        self.value += 1
        return self.value


def test_a_daemon_runs(pyrox_daemon: pyrox.Daemon) -> None:
    uri = pyrox_daemon.register(Counter(), "counter")
    with pyrox.Proxy(uri) as counter:
        assert counter.increment() == 1


def test_a_proxy_is_made_of_an_object(pyrox_proxy: Callable[..., Any]) -> None:
    counter = Counter()
    assert pyrox_proxy(counter).increment() == 1
    assert counter.value == 1


def test_a_proxy_is_made_of_a_uri(
    pyrox_daemon: pyrox.Daemon, pyrox_proxy: Callable[..., Any]
) -> None:
    uri = pyrox_daemon.register(Counter(), "counter")
    assert pyrox_proxy(uri).increment() == 1
    assert pyrox_proxy(str(uri), timeout=5.0)._pyro.timeout == 5.0


def test_a_name_server_is_found_during_the_test(
    pyrox_name_server: NameServerDaemon,
    pyrox_daemon: pyrox.Daemon,
    pyrox_proxy: Callable[..., Any],
) -> None:
    with pyrox.locate_ns() as ns:
        ns.register("counter", pyrox_daemon.register(Counter()))
    assert pyrox_proxy("PYRONAME:counter").increment() == 1
    assert pyrox_name_server.nameserver.count() == 2


def test_settings_of_ones_own_find_that_name_server_as_well(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(TESTS_WITH_NAMES)
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)


def test_the_name_server_of_one_test_is_not_that_of_another(
    pyrox_name_server: NameServerDaemon,
) -> None:
    with pyrox.locate_ns() as ns:
        assert list(ns.list()) == [pyrox.NAMESERVER_ID]


TESTS = """
import pyrox, pytest

@pyrox.expose
class Thing:
    def where(self): return pyrox.current_context.peer.stream.fileno()

kept = []

@pytest.fixture
def pyrox_location(): return "memory://"

@pytest.fixture
def pyrox_config(): return pyrox.Config(server="multiplex", timeout=7.0)

def test_one(pyrox_daemon, pyrox_proxy):
    assert pyrox_daemon.location.startswith("memory-")
    proxy = pyrox_proxy(Thing())
    assert proxy.where() > 0
    assert proxy._pyro.timeout == 7.0
    kept.extend([pyrox_daemon, proxy])

def test_two():
    daemon, proxy = kept
    assert not proxy._pyro.connected
    with pytest.raises(pyrox.ConnectError):
        pyrox.connect(daemon.uri_for("x"))
"""


A_SUITE_AND_MORE = """
import asyncio, threading, pytest
from pyrox_testkit import TransportSuite

class TestMine(TransportSuite):
    test_its_scheme_can_stand_in_a_uri = None

    @pytest.fixture
    def transport(self):
        from pyrox_memory import MemoryTransport
        return MemoryTransport()

    def test_of_mine(self, ends):
        assert threading.current_thread() is threading.main_thread()

    @pytest.mark.asyncio
    async def test_of_mine_in_a_loop(self):
        await asyncio.sleep(0)
        assert threading.current_thread() is threading.main_thread()
"""


def test_authors_add_tests_of_their_own_and_switch_off_others(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(A_SUITE_AND_MORE)
    options = ("-W", "ignore", "-k", "of_mine or scheme", "-o", "asyncio_mode=strict")
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=2)


def test_where_and_how_the_daemon_runs_can_be_overridden(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=2)
