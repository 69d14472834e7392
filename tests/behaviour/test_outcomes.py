"""What a failed call tells about itself, and when it is made again."""

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned
from tests.behaviour.peers import hang_up, impostor, say, silence

UNKNOWN, NOT_SENT, EXECUTED = pyrox.Outcome.UNKNOWN, pyrox.Outcome.NOT_SENT, pyrox.Outcome.EXECUTED


class Unsendable:
    __slots__ = ()


@pyrox.expose
class Counter:
    def __init__(self) -> None:
        self.executed = 0

    def unsendable(self) -> object:
        self.executed += 1
        return Unsendable()

    def nested_failure(self) -> None:
        self.executed += 1
        raise pyrox.ConnectionClosedError("a connection of mine", outcome=NOT_SENT)

    @pyrox.expose(idempotent=True)
    def look(self) -> int:
        self.executed += 1
        return self.executed

    def add(self, _: object = None) -> int:
        self.executed += 1
        return self.executed

    def give(self, size: int) -> str:
        self.executed += 1
        return "x" * size


def test_a_refused_connection_is_not_sent(make_proxy: ProxyMaker) -> None:
    with pytest.raises(pyrox.ConnectError) as caught:
        make_proxy("PYRO:x@localhost:1").work()
    assert caught.value.outcome is NOT_SENT


def test_arguments_that_cannot_be_sent_are_not_sent(serve: ObjectServer) -> None:
    counter = Counter()
    proxy = serve(counter)
    with pytest.raises(pyrox.SerializeError) as caught:
        proxy.add(Unsendable())
    assert caught.value.outcome is NOT_SENT
    assert counter.executed == 0
    assert proxy.add() == 1


def test_arguments_that_the_daemon_refuses_to_read_are_not_sent(serve: ObjectServer) -> None:
    counter = Counter()
    proxy = serve(counter)
    with pytest.raises(pyrox.SerializeError, match="Calculator") as caught:
        proxy.add(Calculator())
    assert caught.value.outcome is NOT_SENT
    assert counter.executed == 0
    assert proxy.add() == 1


def test_a_message_over_the_senders_limit_is_not_sent(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    counter = Counter()
    uri = make_daemon().register(counter)
    proxy = make_proxy(uri, config=pyrox.Config(max_message_size=2000))
    with pytest.raises(pyrox.MessageTooLargeError, match="max=2000") as caught:
        proxy.add("x" * 3000)
    assert caught.value.outcome is NOT_SENT
    assert counter.executed == 0
    assert proxy.add() == 1


def test_a_connection_lost_in_mid_call_leaves_the_outcome_unknown(make_proxy: ProxyMaker) -> None:
    with impostor(hang_up) as peer, pytest.raises(pyrox.ConnectionClosedError) as caught:
        make_proxy(peer.uri, serializer="json").work()
    assert caught.value.outcome is UNKNOWN


def test_a_result_that_cannot_travel_was_executed(serve: ObjectServer) -> None:
    counter = Counter()
    proxy = serve(counter)
    with pytest.raises(pyrox.SerializeError, match="Unsendable") as caught:
        proxy.unsendable()
    assert caught.value.outcome is EXECUTED
    assert counter.executed == 1
    assert proxy.look() == 2


def test_a_result_over_the_daemons_limit_was_executed(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    counter = Counter()
    proxy = make_proxy(make_daemon(max_message_size=5000).register(counter))
    with pytest.raises(pyrox.MessageTooLargeError, match="max=5000") as caught:
        proxy.give(6000)
    assert caught.value.outcome is EXECUTED
    assert counter.executed == 1
    assert proxy.look() == 2


def test_a_result_over_the_smallest_possible_limit_still_says_so(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(make_daemon(max_message_size=1024).register(Counter()))
    with pytest.raises(pyrox.PyroxError, match=r"max=1024"):
        proxy.give(5000)
    assert proxy.look() == 2


def test_an_answer_over_the_callers_own_limit_costs_the_connection_and_no_more(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    counter = Counter()
    proxy = make_proxy(daemon.register(counter), config=pyrox.Config(max_message_size=5000))
    with pytest.raises(pyrox.MessageTooLargeError):
        proxy.give(6000)
    assert counter.executed == 1
    assert proxy.look() == 2


def test_a_failed_call_inside_of_the_method_does_not_make_the_outer_one_not_sent(
    serve: ObjectServer,
) -> None:
    counter = Counter()
    proxy = serve(counter)
    proxy._pyro.max_retries = 3
    with pytest.raises(pyrox.ConnectionClosedError, match="a connection of mine") as caught:
        proxy.nested_failure()
    assert caught.value.outcome is EXECUTED
    assert counter.executed == 1


def test_an_unreadable_answer_was_executed(make_proxy: ProxyMaker) -> None:
    unknown = {"__class__": "no.such.Thing", "value": 1}
    with impostor(say(unknown), say("fine")) as peer:
        proxy = make_proxy(peer.uri, serializer="json")
        with pytest.raises(pyrox.SerializeError, match=r"no\.such\.Thing") as caught:
            proxy.work()
        assert caught.value.outcome is EXECUTED
        assert proxy.work() == "fine"


def test_without_retries_nothing_is_called_again(make_proxy: ProxyMaker) -> None:
    with impostor(hang_up, say("late")) as peer:
        proxy = make_proxy(peer.uri, serializer="json")
        with pytest.raises(pyrox.ConnectionClosedError):
            proxy.work()
        assert len(peer.requests) == 1


def test_retries_never_repeat_a_call_that_may_have_been_executed(make_proxy: ProxyMaker) -> None:
    with impostor(hang_up, say("late")) as peer:
        proxy = make_proxy(peer.uri, serializer="json")
        proxy._pyro.max_retries = 5
        with pytest.raises(pyrox.ConnectionClosedError):
            proxy.work()
        assert len(peer.requests) == 1


def test_a_timed_out_call_is_executed_once_however_many_retries(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate, timeout=0.2)
    proxy._pyro.max_retries = 3
    with pytest.raises(pyrox.TimeoutError):
        proxy.wait()
    gate.open()
    proxy._pyro.timeout = 20
    assert proxy.quick("x") == "x"
    gate.done(1)
    assert gate.executed == 1


def test_an_idempotent_method_is_called_again_after_a_loss(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    first = make_daemon()
    counter = Counter()
    proxy = make_proxy(first.register(counter, "counter"))
    proxy._pyro.max_retries = 20
    assert proxy.look() == 1
    first.shutdown()
    second = make_daemon(location=f"tcp://{first.location}", start=False)
    second.register(counter, "counter")
    second.start()
    assert proxy.look() == 2


def test_a_call_that_was_not_sent_is_tried_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    first = make_daemon()
    counter = Counter()
    proxy = make_proxy(first.register(counter, "counter"))
    first.shutdown()
    proxy._pyro.max_retries = 1000
    proxy._pyro.timeout = 20
    trying = Spawned(lambda: proxy.add())
    second = make_daemon(location=f"tcp://{first.location}", start=False)
    second.register(counter, "counter")
    second.start()
    assert trying.result() == 1
    assert counter.executed == 1


def test_the_tries_of_a_call_share_its_time(make_proxy: ProxyMaker) -> None:
    proxy = make_proxy("PYRO:x@localhost:1", timeout=0.3)
    proxy._pyro.max_retries = 1_000_000
    trying = Spawned(proxy._pyro.call, "work", (), {})
    with pytest.raises(pyrox.CommunicationError) as caught:
        trying.result(timeout=10)
    assert caught.value.outcome is NOT_SENT


def test_a_repeated_call_whose_first_try_got_lost_is_not_reported_as_not_sent(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    proxy = make_proxy(make_daemon().register(gate), timeout=0.3)
    proxy._pyro.max_retries = 2
    with pytest.raises(pyrox.CommunicationError) as caught:
        proxy.wait_idempotent()
    assert caught.value.outcome is UNKNOWN
    gate.open()


def test_retries_are_off_by_default(make_proxy: ProxyMaker) -> None:
    with impostor(silence) as peer:
        assert make_proxy(peer.uri, serializer="json")._pyro.max_retries == 0
