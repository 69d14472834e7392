"""Connections: made when needed, made again after a loss, and given up when told to."""

import socket
import time

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Spawned, eventually


class Counting(pyrox.Daemon):
    """Counts the clients that came."""

    came = 0

    def client_connected(self, peer: pyrox.Peer) -> None:
        self.came += 1


def test_the_first_call_connects_and_later_ones_stay_on_that_connection(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(Counting)
    proxy = make_proxy(daemon.register(Calculator()))
    assert not proxy._pyro.connected
    for _ in range(20):
        proxy.add(1, 2)
    assert proxy._pyro.connected
    assert daemon.came == 1


def test_bind_connects_and_tells_whether_it_did(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert proxy._pyro.bind() is True
    assert proxy._pyro.connected
    assert proxy._pyro.bind() is False


def test_the_peer_is_known_once_connected(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert proxy._pyro.peer is None
    proxy._pyro.bind()
    peer = proxy._pyro.peer
    assert peer is not None
    assert peer.is_pyrox
    assert peer.software == f"pyrox {pyrox.__version__}"


def test_a_restarted_daemon_on_the_same_port_is_found_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.sync.connection.STALE_AFTER", 3600.0)  # or it may see it before
    first = make_daemon()
    proxy = make_proxy(first.register(Calculator(), "calc"))
    assert proxy.add(1, 2) == 3
    first.shutdown()
    second = make_daemon(location=f"tcp://{first.location}")
    second.register(Calculator(), "calc")
    proxy._pyro.max_retries = 1
    with pytest.raises(pyrox.ConnectionClosedError):
        proxy.add(1, 2)  # the loss shows here, and this call may have been executed
    assert proxy.add(2, 3) == 5


def test_after_a_quiet_while_a_lost_connection_is_noticed_before_a_call_is_risked(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.sync.connection.STALE_AFTER", 0.0)
    first = make_daemon()
    proxy = make_proxy(first.register(Calculator(), "calc"))
    assert proxy.add(1, 2) == 3
    first.shutdown()
    second = make_daemon(location=f"tcp://{first.location}")
    second.register(Calculator(), "calc")
    assert proxy.add(2, 3) == 5


def test_while_the_daemon_is_away_calls_fail_as_not_sent_and_then_work_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    first = make_daemon()
    proxy = make_proxy(first.register(Calculator(), "calc"))
    first.shutdown()
    for _ in range(2):
        with pytest.raises(pyrox.ConnectError) as caught:
            proxy.add(1, 2)
        assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    second = make_daemon(location=f"tcp://{first.location}")
    second.register(Calculator(), "calc")
    assert proxy.add(1, 2) == 3


def test_reconnect_waits_for_a_daemon_to_come_back(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    first = make_daemon()
    proxy = make_proxy(first.register(Calculator(), "calc"))
    proxy.add(1)
    first.shutdown()
    waiting = Spawned(proxy._pyro.reconnect, tries=400, pause=0.01)
    second = make_daemon(location=f"tcp://{first.location}", start=False)
    second.register(Calculator(), "calc")
    second.start()
    try:
        waiting.result()
    except pyrox.PyroxError:
        # It may have come between listening and registering: an answer, so no further try.
        proxy._pyro.reconnect()
    assert proxy._pyro.connected
    assert proxy.add(2, 3) == 5


def test_reconnect_gives_up_after_its_tries(make_proxy: ProxyMaker) -> None:
    proxy = make_proxy("PYRO:nobody@localhost:1")
    with pytest.raises(pyrox.ConnectionClosedError, match="failed to reconnect") as caught:
        proxy._pyro.reconnect(tries=2, pause=0.001)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


def test_releasing_twice_is_once_enough(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    proxy.add(1)
    proxy._pyro.release()
    proxy._pyro.release()
    assert not proxy._pyro.connected
    assert proxy.add(1, 1) == 2


def test_the_daemon_forgets_a_released_connection(
    daemon: pyrox.Daemon, serve: ObjectServer
) -> None:
    proxy = serve(Calculator())
    proxy.add(1)
    assert daemon._server.connections == 1
    proxy._pyro.release()
    eventually(lambda: daemon._server.connections == 0)


def test_a_proxy_that_is_forgotten_closes_its_connection(
    daemon: pyrox.Daemon,
) -> None:
    proxy = pyrox.Proxy(daemon.register(Calculator()))
    proxy.add(1)
    del proxy
    eventually(lambda: daemon._server.connections == 0)


def test_an_idle_connection_is_closed_after_the_idle_timeout_and_made_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.sync.connection.STALE_AFTER", 0.0)
    daemon = make_daemon(Counting, idle_timeout=0.2)
    proxy = make_proxy(daemon.register(Calculator()))
    assert proxy.add(1, 2) == 3
    eventually(lambda: daemon._server.connections == 0)
    assert proxy.add(2, 3) == 5
    assert daemon.came == 2


def test_a_long_call_is_no_idle_time(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    @pyrox.expose
    class Slow:
        def work(self) -> None:
            time.sleep(0.5)

    daemon = make_daemon(Counting, idle_timeout=0.3)
    proxy = make_proxy(daemon.register(Slow()))
    for _ in range(2):
        proxy.work()
        eventually(lambda: daemon._server._armed)  # it waits for the next call now
        daemon._server.housekeeping(time.monotonic())
    assert daemon.came == 1


def test_a_busy_connection_is_never_idle(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    daemon = make_daemon(Counting, idle_timeout=0.3)
    proxy = make_proxy(daemon.register(Calculator()))
    ends = time.monotonic() + 0.6
    while time.monotonic() < ends:
        proxy.add(1, 1)
    eventually(lambda: daemon._server._armed)  # a worker that stayed with it gave it back
    daemon._server.housekeeping(time.monotonic())
    proxy.add(1, 1)
    assert daemon.came == 1


def test_a_host_with_several_addresses_is_tried_at_each(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    daemon = make_daemon(location="tcp://[::1]:0")
    uri = daemon.register(Calculator(), "calc")
    assert str(uri).startswith("PYRO:calc@[::1]:")
    assert make_proxy(uri).add(1, 2) == 3
