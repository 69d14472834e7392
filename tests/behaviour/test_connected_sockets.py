"""Daemons and proxies on sockets that the program connected itself. Reference 6.4."""

import gc
import json
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker
from tests.behaviour.objects import PATIENCE, Calculator, Gate, Spawned, eventually
from tests.behaviour.peers import Reading, call, message, result

Pair = tuple[socket.socket, socket.socket]


def inet_pair() -> Pair:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    return near, far


@pytest.fixture(params=[socket.socketpair, inet_pair], ids=["socketpair", "tcp"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two connected sockets: one for the daemon, one for the proxies."""
    near, far = request.param()
    yield near, far
    near.close()
    far.close()


class Watching(pyrox.Daemon):
    """Notes which of its hooks are called."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.called: list[str] = []
        super().__init__(*args, **options)

    def validate_handshake(self, peer: pyrox.Peer, data: Any) -> None:
        self.called.append("validate_handshake")

    def client_connected(self, peer: pyrox.Peer) -> None:
        self.called.append("client_connected")

    def client_disconnected(self, peer: pyrox.Peer) -> None:
        self.called.append("client_disconnected")


@pytest.fixture
def daemon(make_daemon: DaemonMaker, pair: Pair) -> Watching:
    """A daemon that serves the far end of the pair."""
    daemon = make_daemon(Watching, connected_socket=pair[1])
    daemon.register(Calculator(), "calculator")
    return daemon


def is_open(sock: socket.socket) -> bool:
    return sock.fileno() >= 0


def proxy_on(sock: socket.socket, object_id: str = "calculator", **options: Any) -> pyrox.Proxy:
    return pyrox.Proxy(object_id, connected_socket=sock, **options)


# Talking


def test_calls_travel_over_the_socket(daemon: Watching, pair: Pair) -> None:
    with proxy_on(pair[0]) as proxy:
        assert proxy.add(1, 2) == 3
        assert proxy.size == 0
        assert list(proxy.numbers(3)) == [0, 1, 2]
        proxy.note("oneway")
        with pytest.raises(ValueError, match="as expected"):
            proxy.fail("as expected")
        assert proxy.echo("x" * 300_000) == "x" * 300_000
        assert [proxy.add(n) for n in range(100)] == list(range(100))


def test_a_batch_travels_over_the_socket(daemon: Watching, pair: Pair) -> None:
    with proxy_on(pair[0]) as proxy:
        batch = proxy._pyro.batch()
        batch.add(1, 2)
        batch.echo("x")
        assert list(batch()) == [3, "x"]


def test_without_a_handshake_no_hook_of_it_is_called(daemon: Watching, pair: Pair) -> None:
    with proxy_on(pair[0]) as proxy:
        assert proxy.add(1, 2) == 3
    pair[0].close()
    eventually(lambda: daemon.is_closed)
    assert daemon.called == []


def test_the_first_message_asks_for_the_members(pair: Pair) -> None:
    asking = Spawned(lambda: proxy_on(pair[0], "thing", serializer="json")._pyro.methods)
    read = Reading(pair[1])
    request = read()
    assert request is not None
    assert (request.type, request.sequence) == (pyrox.MessageType.INVOKE, 1)
    told = json.loads(bytes(request.payload))
    assert (told["object"], told["method"]) == ("Pyro.Daemon", "get_metadata")
    assert told["params"] == ["thing"]
    meta = {"methods": ["work"], "oneway": [], "attrs": []}
    pair[1].sendall(result(meta, request))
    assert asking.result() == {"work"}


def test_two_pyrox_peers_get_to_know_each_other(daemon: Watching, pair: Pair) -> None:
    with proxy_on(pair[0]) as proxy:
        proxy._pyro.bind()
        assert proxy._pyro.peer is not None
        assert proxy._pyro.peer.is_pyrox
        connection = proxy._pyro._connection
        assert connection is not None
        assert connection.caller.serializer == "msgpack"  # the best that both have
    with proxy_on(pair[0], "Pyro.Daemon") as itself:
        itself.ping()
        assert pyrox.current_context.response_annotations == {}


def test_a_client_that_says_nothing_of_itself_is_served_as_well(
    daemon: Watching, pair: Pair
) -> None:
    read = Reading(pair[0])
    pair[0].sendall(call("calculator", "add", 1, 2, sequence=7))
    answer = read()
    assert answer is not None
    assert (answer.sequence, bytes(answer.payload)) == (7, b"3")


def test_an_unknown_object_is_told_and_the_socket_still_good(daemon: Watching, pair: Pair) -> None:
    with pytest.raises(pyrox.DaemonError, match="unknown object: 'nobody'"):
        proxy_on(pair[0], "nobody")._pyro.bind()
    assert proxy_on(pair[0]).add(1, 2) == 3


def test_two_proxies_share_a_socket_and_take_turns(daemon: Watching, pair: Pair) -> None:
    daemon.register(Calculator(), "other")

    def hammer(object_id: str, timeout: float) -> None:
        proxy = proxy_on(pair[0], object_id, timeout=timeout)
        for number in range(200):
            assert proxy.echo(f"{object_id} {number}") == f"{object_id} {number}"

    clients = [Spawned(hammer, "calculator", 0), Spawned(hammer, "other", 30)]
    for client in clients:
        client.result()


def test_the_time_limit_of_one_proxy_is_not_anothers(
    daemon: Watching, pair: Pair, gate: Gate
) -> None:
    daemon.register(gate, "gate")
    hasty, patient = proxy_on(pair[0], "gate", timeout=0.2), proxy_on(pair[0], "gate")
    patient.quick()
    assert hasty.quick("x") == "x"
    waiting = Spawned(patient.wait, "late")
    gate.arrived()
    time.sleep(0.25)  # longer than the hasty one's limit
    gate.open()
    assert waiting.result() == "late"


# Where it is


def test_the_daemon_says_where_its_end_of_the_socket_is(daemon: Watching, pair: Pair) -> None:
    name = pair[1].getsockname()
    where = f"127.0.0.1:{name[1]}" if name else "./u:<<not-bound>>"
    assert daemon.location == where
    assert str(daemon.uri_for("calculator")) == f"PYRO:calculator@{where}"


def test_the_proxys_uri_says_that_it_has_a_socket(pair: Pair) -> None:
    proxy = proxy_on(pair[0])
    assert str(proxy._pyro.uri) == "PYRO:calculator@<<connected-socket>>:0"


def test_an_object_is_named_by_its_id_alone(pair: Pair) -> None:
    with pytest.raises(pyrox.UsageError, match="id alone, not 'PYRO:x@localhost:9090'"):
        proxy_on(pair[0], "PYRO:x@localhost:9090")


def test_what_is_no_socket_is_refused(server_type: str) -> None:
    with pytest.raises(pyrox.UsageError, match="is a socket"):
        pyrox.Daemon(connected_socket="localhost:9090", server=server_type)  # type: ignore[arg-type]
    with pytest.raises(pyrox.UsageError, match="is a socket"):
        pyrox.Proxy("x", connected_socket=3)  # type: ignore[arg-type]


# The socket stays the program's


def test_a_released_proxy_leaves_the_socket_to_the_next_one(daemon: Watching, pair: Pair) -> None:
    first = proxy_on(pair[0])
    assert first.add(1, 1) == 2
    first._pyro.release()
    assert is_open(pair[0])
    assert proxy_on(pair[0]).add(2, 2) == 4


def test_a_proxy_that_is_gone_leaves_the_socket_to_the_next_one(
    daemon: Watching, pair: Pair
) -> None:
    assert proxy_on(pair[0]).add(1, 1) == 2
    gc.collect()
    assert is_open(pair[0])
    assert proxy_on(pair[0]).add(2, 2) == 4


def test_a_released_proxy_cannot_connect_again(daemon: Watching, pair: Pair) -> None:
    proxy = proxy_on(pair[0])
    proxy.add(1)
    proxy._pyro.release()
    with pytest.raises(pyrox.ConnectError, match=r"^cannot connect to .*was released") as caught:
        proxy.add(1)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    with pytest.raises(pyrox.ConnectionClosedError, match="cannot connect"):
        proxy._pyro.reconnect()


def test_a_copy_has_no_socket(daemon: Watching, pair: Pair) -> None:
    from copy import copy

    twin = copy(proxy_on(pair[0]))
    with pytest.raises(pyrox.ConnectError, match=r"^cannot connect to .*was given none"):
        twin.add(1)


def test_the_socket_gets_its_timeout_back(daemon: Watching, pair: Pair) -> None:
    pair[0].settimeout(1.5)
    proxies = [proxy_on(pair[0], timeout=7) for _ in range(2)]
    for proxy in proxies:
        assert proxy.add(1, 2) == 3
        assert pair[0].gettimeout() is None
    for proxy in proxies:
        proxy._pyro.release()
    assert pair[0].gettimeout() == 1.5
    assert pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO) == 0


def test_closing_the_daemon_leaves_the_socket_open(daemon: Watching, pair: Pair) -> None:
    pair[1].settimeout(2)
    with proxy_on(pair[0]) as proxy:
        proxy.add(1)
    daemon.close()
    assert is_open(pair[1])
    pair[0].sendall(b"still there")
    assert pair[1].recv(100) == b"still there"
    pair[1].sendall(b"both ways")
    assert pair[0].recv(100) == b"both ways"


def test_another_daemon_may_go_on_with_the_socket(make_daemon: DaemonMaker, pair: Pair) -> None:
    for number in range(3):
        daemon = make_daemon(connected_socket=pair[1])
        daemon.register(Calculator(), "calculator")
        with proxy_on(pair[0]) as proxy:
            for count in range(20):  # enough for a worker to stay with the connection
                assert proxy.add(number, count) == number + count
        daemon.close()


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_a_call_that_outlives_the_daemon_writes_nothing_to_the_socket(
    daemon: Watching, pair: Pair, gate: Gate
) -> None:
    daemon.register(gate, "gate")
    pair[0].sendall(call("gate", "wait", "late"))
    gate.arrived()
    daemon.close()
    gate.open()
    gate.done(1)
    pair[1].sendall(b"mine")
    assert pair[0].recv(100) == b"mine"


# The end


def test_serving_ends_when_the_peer_closes(make_daemon: DaemonMaker, pair: Pair) -> None:
    daemon = make_daemon(connected_socket=pair[1], start=False)
    daemon.register(Calculator(), "calculator")
    serving = Spawned(daemon.serve_forever)
    with proxy_on(pair[0]) as proxy:
        assert proxy.add(1, 2) == 3
    assert serving.running
    pair[0].close()
    serving.result()
    assert daemon.is_closed
    assert is_open(pair[1])


def test_serving_ends_when_the_program_closes_the_socket_under_the_daemon(
    make_daemon: DaemonMaker, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.logic.daemon_base.HOUSEKEEPING", 0.05)
    daemon = make_daemon(connected_socket=pair[1])
    daemon.register(Calculator(), "calculator")
    proxy_on(pair[0]).add(1)
    pair[1].close()
    eventually(lambda: daemon.is_closed)


def test_a_peer_that_talks_nonsense_is_told_and_ends_it(daemon: Watching, pair: Pair) -> None:
    pair[0].sendall(b"GET / HTTP/1.1\r\n\r\n" + b" " * 40)
    answer = Reading(pair[0])()
    assert answer is not None
    assert answer.type == pyrox.MessageType.CONNECTFAIL
    pair[0].close()
    eventually(lambda: daemon.is_closed)


def test_a_handshake_may_not_come_any_more(daemon: Watching, pair: Pair) -> None:
    hello = {"handshake": "hello", "object": "calculator"}
    pair[0].sendall(message(pyrox.MessageType.CONNECT, hello))
    answer = Reading(pair[0])()
    assert answer is not None
    assert answer.type == pyrox.MessageType.CONNECTFAIL


def test_resources_and_item_streams_end_with_the_peer(daemon: Watching, pair: Pair) -> None:
    closed = threading.Event()

    class Resource:
        def close(self) -> None:
            closed.set()

    class Opening:
        resource = Resource()

        @pyrox.expose
        def open(self) -> None:
            pyrox.current_context.track_resource(self.resource)

    daemon.register(Opening(), "opening")
    proxy = proxy_on(pair[0], "opening")
    proxy.open()
    items = proxy_on(pair[0]).numbers(3)
    assert next(items) == 0
    assert len(daemon.streams) == 1
    assert not closed.is_set()
    pair[0].close()
    assert closed.wait(PATIENCE)
    eventually(lambda: len(daemon.streams) == 0)


def test_a_method_may_stop_the_daemon_and_is_still_answered(daemon: Watching, pair: Pair) -> None:
    class Stopper:
        @pyrox.expose
        def stop(self) -> str:
            daemon.shutdown()
            return "stopping"

    daemon.register(Stopper(), "stopper")
    assert proxy_on(pair[0], "stopper").stop() == "stopping"
    eventually(lambda: daemon.is_closed)
    assert is_open(pair[1])


# After a failure


def unanswered(pair: Pair) -> tuple[pyrox.Proxy, Reading]:
    """A proxy whose peer has told the members, and will say no more by itself."""
    proxy = proxy_on(pair[0], "thing", serializer="json", timeout=0.2)
    binding = Spawned(proxy._pyro.bind)
    read = Reading(pair[1])
    request = read()
    assert request is not None
    pair[1].sendall(result({"methods": ["work"], "oneway": [], "attrs": []}, request))
    assert binding.result()
    return proxy, read


@pytest.mark.parametrize("late", [True, False])
def test_after_a_call_that_failed_on_its_way_nobody_gets_its_answer(pair: Pair, late: bool) -> None:
    proxy, read = unanswered(pair)
    with pytest.raises(pyrox.TimeoutError):
        proxy.work()
    request = read()
    assert request is not None
    if late:
        pair[1].sendall(result("the late answer", request))
    for again in (proxy, proxy_on(pair[0], "thing", serializer="json")):
        with pytest.raises(pyrox.ConnectError, match=r"^cannot connect to .* may still come"):
            again.work()


def test_a_call_whose_time_was_over_before_it_was_sent_does_no_harm(
    daemon: Watching, pair: Pair
) -> None:
    proxy = proxy_on(pair[0])
    proxy._pyro.bind()
    with pyrox.timeout(0.0), pytest.raises(pyrox.TimeoutError):
        proxy.add(1)
    assert proxy.add(1, 2) == 3


def test_a_peer_that_went_away_is_noticed_by_the_call(pair: Pair) -> None:
    proxy, _ = unanswered(pair)
    pair[1].close()
    with pytest.raises(pyrox.ConnectionClosedError):
        proxy.work()
    with pytest.raises(pyrox.ConnectError, match=r"^cannot connect to .*peer went away"):
        proxy.work()


def test_a_peer_that_does_not_serve_is_reported_in_time(pair: Pair) -> None:
    config = pyrox.Config(connect_timeout=0.1)
    with pytest.raises(pyrox.TimeoutError, match=r"^cannot connect to .*daemon serves") as caught:
        proxy_on(pair[0], config=config)._pyro.bind()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


def test_arguments_that_cannot_travel_do_no_harm(daemon: Watching, pair: Pair) -> None:
    proxy = proxy_on(pair[0])
    with pytest.raises(pyrox.SerializeError):
        proxy.echo(object())
    assert proxy.add(1, 2) == 3


# Processes, and other loops


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
@pytest.mark.parametrize("made_before", [True, False], ids=["made before", "made in the child"])
def test_a_forked_child_serves_its_parent(pair: Pair, server_type: str, made_before: bool) -> None:
    def new_daemon() -> pyrox.Daemon:
        daemon = pyrox.Daemon(connected_socket=pair[1], server=server_type)
        daemon.register(Calculator(), "calculator")
        return daemon

    before = [new_daemon()] if made_before else []
    child = os.fork()
    if child == 0:
        try:
            pair[0].close()
            (before or [new_daemon()])[0].serve_forever()
        finally:
            os._exit(0)
    for daemon in before:
        daemon.close()
    pair[1].close()
    with proxy_on(pair[0], timeout=PATIENCE) as proxy:
        assert proxy.add(1, 2) == 3
    pair[0].close()
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_child_does_not_use_the_parents_conversation(daemon: Watching, pair: Pair) -> None:
    proxy = proxy_on(pair[0])
    assert proxy.add(1, 1) == 2
    child = os.fork()
    if child == 0:
        status = 1
        try:
            proxy.add(1, 1)
        except pyrox.ConnectError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert proxy.add(2, 2) == 4


@pytest.mark.parametrize("server_type", ["multiplex"], indirect=True)
def test_a_loop_of_the_programs_own_serves_it_until_the_peer_closes(
    make_daemon: DaemonMaker, pair: Pair
) -> None:
    daemon = make_daemon(connected_socket=pair[1], start=False)
    daemon.register(Calculator(), "calculator")
    proxy = proxy_on(pair[0])

    def calls() -> list[int]:
        with pair[0]:
            return [proxy.add(n, 1) for n in range(5)]

    client = Spawned(calls)
    ends = time.monotonic() + PATIENCE
    while not daemon.is_closed and time.monotonic() < ends:
        select.select([daemon], [], [], 0.5)
        daemon.handle_events()
    assert client.result() == [1, 2, 3, 4, 5]
    assert daemon.is_closed
    assert is_open(pair[1])
