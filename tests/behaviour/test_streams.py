"""Item streams: methods that return generators and iterators, read item by item."""

import gc
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, eventually

pytestmark = pytest.mark.every_transport


class Source:
    """Gives items, and notes which of its generators came to an end."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.given = 0

    @pyrox.expose
    def count(self, stop: int, name: str = "count") -> Iterator[int]:
        try:
            for number in range(stop):
                self.given += 1
                yield number
        finally:
            self.ended.append(name)

    @pyrox.expose
    def failing(self) -> Iterator[str]:
        yield "first"
        raise LookupError("no second")

    @pyrox.expose
    def iterator(self) -> Iterator[Any]:
        return iter(["a", ("b",), {"c": None}])

    @pyrox.expose
    def mapped(self) -> Iterator[str]:
        return map(str, [1, 2])

    @pyrox.expose
    def a_list(self) -> list[int]:
        return [1, 2, 3]

    @pyrox.expose
    def raises_at_close(self) -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            self.ended.append("bad")
            raise SystemExit("a generator that does not go quietly")

    @pyrox.expose
    def ping(self) -> str:
        return "pong"


def test_items_come_one_by_one_to_the_end(serve: ObjectServer, serializer: str) -> None:
    source = Source()
    stream = serve(source, serializer=serializer).count(5)
    assert isinstance(stream, pyrox.ItemStream)
    assert next(stream) == 0
    assert source.given == 1  # nothing is produced before it is asked for
    assert list(stream) == [1, 2, 3, 4]
    assert source.ended == ["count"]
    assert list(stream) == []


def test_iterators_are_streamed_like_generators(serve: ObjectServer, serializer: str) -> None:
    proxy = serve(Source(), serializer=serializer)
    assert [list(item) if isinstance(item, tuple) else item for item in proxy.iterator()] == [
        "a",
        ["b"],
        {"c": None},
    ]
    assert list(proxy.mapped()) == ["1", "2"]


def test_a_list_travels_whole(serve: ObjectServer) -> None:
    assert serve(Source()).a_list() == [1, 2, 3]


def test_an_empty_stream_is_empty(serve: ObjectServer) -> None:
    assert list(serve(Source()).count(0)) == []


def test_streams_and_calls_on_one_proxy_do_not_disturb_each_other(serve: ObjectServer) -> None:
    proxy = serve(Source())
    one, two = proxy.count(3, "one"), proxy.count(3, "two")
    seen = []
    for a, b in zip(one, two, strict=True):
        seen.append((a, b, proxy.ping()))
    assert seen == [(n, n, "pong") for n in range(3)]


def test_an_error_in_the_generator_reaches_the_reader_and_ends_the_stream(
    daemon: pyrox.Daemon, serve: ObjectServer
) -> None:
    proxy = serve(Source())
    stream = proxy.failing()
    assert next(stream) == "first"
    with pytest.raises(LookupError, match="no second") as caught:
        next(stream)
    assert "in failing" in (pyrox.remote_traceback(caught.value) or "")
    assert list(stream) == []
    assert len(daemon.streams) == 0
    assert proxy.ping() == "pong"


def test_closing_early_closes_the_generator(daemon: pyrox.Daemon, serve: ObjectServer) -> None:
    source = Source()
    stream = serve(source).count(1000)
    next(stream)
    stream.close()
    eventually(lambda: source.ended == ["count"])
    assert len(daemon.streams) == 0
    assert list(stream) == []
    stream.close()


def test_a_with_block_closes_the_stream(serve: ObjectServer) -> None:
    source = Source()
    with serve(source).count(1000) as stream:
        assert next(stream) == 0
    eventually(lambda: source.ended == ["count"])


def test_a_forgotten_stream_is_closed_with_the_next_call(serve: ObjectServer) -> None:
    source = Source()
    proxy = serve(source)
    stream = proxy.count(1000)
    next(stream)
    del stream
    gc.collect()
    assert proxy.ping() == "pong"
    eventually(lambda: source.ended == ["count"])


def test_a_stream_closed_while_not_connected_is_closed_with_the_next_call(
    serve: ObjectServer,
) -> None:
    source = Source()
    proxy = serve(source)
    stream = proxy.count(1000)
    next(stream)
    proxy._pyro.release()
    stream.close()
    assert proxy.ping() == "pong"
    eventually(lambda: source.ended == ["count"])


def test_a_stream_lingers_and_goes_on_over_a_new_connection(serve: ObjectServer) -> None:
    proxy = serve(Source())
    stream = proxy.count(4)
    assert next(stream) == 0
    proxy._pyro.release()
    assert next(stream) == 1
    proxy._pyro.release()
    assert list(stream) == [2, 3]


def test_without_lingering_a_stream_ends_with_its_connection(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    source = Source()
    daemon = make_daemon(stream_linger=0.0)
    proxy = make_proxy(daemon.register(source))
    stream = proxy.count(1000)
    next(stream)
    proxy._pyro.release()
    eventually(lambda: source.ended == ["count"])
    with pytest.raises(pyrox.DaemonError, match="item stream terminated"):
        next(stream)
    assert list(stream) == []


def test_a_stream_that_lingered_for_too_long_is_dropped(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    source = Source()
    proxy = make_proxy(make_daemon(stream_linger=0.1).register(source))
    next(proxy.count(1000))
    proxy._pyro.release()
    eventually(lambda: source.ended == ["count"])


def test_a_stream_ends_with_its_lifetime(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    source = Source()
    proxy = make_proxy(make_daemon(stream_lifetime=0.1).register(source))
    stream = proxy.count(1000)
    next(stream)
    eventually(lambda: source.ended == ["count"])
    with pytest.raises(pyrox.DaemonError, match="item stream terminated"):
        next(stream)


def test_a_daemon_keeps_no_more_streams_than_allowed(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(make_daemon(max_streams=2).register(Source()))
    first, _second = proxy.count(3), proxy.count(3)
    with pytest.raises(pyrox.DaemonError, match="2 item streams at most"):
        proxy.count(3)
    assert list(first) == [0, 1, 2]
    assert list(proxy.count(2)) == [0, 1]


def test_a_daemon_that_does_not_stream_says_so(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(make_daemon(item_streaming=False).register(Source()))
    with pytest.raises(pyrox.ProtocolError, match="not configured to allow streaming"):
        proxy.count(3)
    assert proxy.ping() == "pong"


def test_a_shutdown_ends_the_streams(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    source = Source()
    daemon = make_daemon()
    proxy = make_proxy(daemon.register(source))
    next(proxy.count(1000))
    daemon.shutdown()
    assert source.ended == ["count"]


@pytest.mark.parametrize("ending", ["closed", "disconnected", "expired", "shut down"])
def test_a_generator_that_raises_when_it_is_closed_harms_nobody(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, ending: str
) -> None:
    source = Source()
    daemon = make_daemon(
        stream_linger=0.0 if ending == "disconnected" else 30.0,
        stream_lifetime=0.05 if ending == "expired" else 0.0,
    )
    uri = daemon.register(source)
    proxy = make_proxy(uri)
    stream = proxy.raises_at_close()
    next(stream)
    if ending == "closed":
        stream.close()
    elif ending == "disconnected":
        proxy._pyro.release()
    elif ending == "shut down":
        daemon.shutdown()
        assert source.ended == ["bad"]
        return
    eventually(lambda: source.ended == ["bad"])
    assert proxy.ping() == "pong"
    assert make_proxy(uri).ping() == "pong"


def test_a_stream_is_made_for_every_call(serve: ObjectServer) -> None:
    proxy = serve(Source())
    assert [list(proxy.count(2)) for _ in range(3)] == [[0, 1]] * 3


def test_a_timeout_while_waiting_for_an_item_ends_the_wait(serve: ObjectServer) -> None:
    go_on = threading.Event()

    class Slow:
        @pyrox.expose
        def items(self) -> Iterator[int]:
            yield 1
            go_on.wait(10)
            yield 2

    proxy = serve(Slow())
    stream = proxy.items()
    assert next(stream) == 1
    began = time.monotonic()
    with pyrox.timeout(0.2), pytest.raises(pyrox.TimeoutError):
        next(stream)
    assert time.monotonic() - began < 9
    go_on.set()


def test_a_generator_knows_who_reads_it(serve: ObjectServer) -> None:
    class Aware:
        @pyrox.expose
        def who(self) -> Iterator[bool]:
            for _ in range(2):
                yield pyrox.current_context.is_serving

    assert list(serve(Aware()).who()) == [True, True]


def test_a_calculator_streams_beside_its_calls(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert sum(proxy.numbers(50)) == 1225
    assert proxy.add(1, 1) == 2
