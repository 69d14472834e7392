"""Item streams. Reference 1.15."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, config, expose

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]


@expose
class Source:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def numbers(self, count: int) -> Iterator[int]:
        try:
            yield from range(count)
        finally:
            self.closed.set()

    def iterator(self) -> Any:
        return iter([1, 2])

    def mapped(self) -> Any:
        return map(str, [1, 2])

    def failing(self) -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    def not_streamed(self) -> list[int]:
        return [1, 2]

    def echo(self, value: Any) -> Any:
        return value

    @property
    def every(self) -> Iterator[str]:
        yield "a"
        yield "b"


def test_a_generator_is_iterated_at_the_client(connect: Connect, serializer: str) -> None:
    assert list(connect(Source()).numbers(4)) == [0, 1, 2, 3]


def test_iterators_and_generator_properties_are_streamed_too(connect: Connect) -> None:
    proxy = connect(Source())
    assert list(proxy.iterator()) == [1, 2]
    assert list(proxy.mapped()) == ["1", "2"]
    assert list(proxy.every) == ["a", "b"]
    assert proxy.not_streamed() == [1, 2]


def test_streams_and_calls_share_a_connection(connect: Connect) -> None:
    proxy = connect(Source())
    first, second = proxy.numbers(3), proxy.numbers(3)
    seen = [next(first), next(second), proxy.echo("x"), next(first), next(second)]
    assert seen == [0, 0, "x", 1, 1]


def test_an_error_in_the_generator_shows_and_ends_the_stream(connect: Connect) -> None:
    stream = connect(Source()).failing()
    assert next(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        next(stream)
    with pytest.raises((StopIteration, errors.PyroError)):
        next(stream)


def test_closing_a_stream_closes_the_generator(connect: Connect) -> None:
    source = Source()
    stream = connect(source).numbers(10)
    next(stream)
    stream.close()
    assert source.closed.wait(10)
    with pytest.raises(StopIteration):
        next(stream)


def test_a_stream_of_a_released_proxy_cannot_go_on(connect: Connect) -> None:
    proxy = connect(Source())
    stream = proxy.numbers(10)
    next(stream)
    proxy._pyroRelease()
    with pytest.raises(
        errors.ConnectionClosedError, match="the proxy for this stream result has been closed"
    ):
        next(stream)


def test_a_stream_outlives_a_lost_connection_that_is_made_again(connect: Connect) -> None:
    proxy = connect(Source())
    stream = proxy.numbers(3)
    assert next(stream) == 0
    proxy._pyroRelease()
    proxy._pyroBind()
    assert list(stream) == [1, 2]


def test_without_linger_a_stream_ends_with_its_connection(run: Run, server_type: str) -> None:
    config.ITER_STREAM_LINGER = 0.0
    daemon = run(Daemon())
    source = Source()
    with Proxy(daemon.register(source)) as proxy:
        stream = proxy.numbers(3)
        next(stream)
        proxy._pyroRelease()
        assert source.closed.wait(10)
        proxy._pyroBind()
        with pytest.raises(errors.PyroError, match="item stream terminated"):
            next(stream)


def test_a_stream_may_live_for_a_limited_time(run: Run, server_type: str) -> None:
    config.ITER_STREAM_LIFETIME = 0.2
    daemon = run(Daemon())
    source = Source()
    with Proxy(daemon.register(source)) as proxy:
        stream = proxy.numbers(3)
        next(stream)
        assert source.closed.wait(10)
        with pytest.raises(errors.PyroError, match="item stream terminated"):
            next(stream)


def test_a_daemon_may_be_configured_not_to_stream(run: Run, server_type: str) -> None:
    config.ITER_STREAMING = False
    daemon = run(Daemon())
    with Proxy(daemon.register(Source())) as proxy:
        with pytest.raises(
            errors.ProtocolError,
            match="result of call is an iterator, but the server is not configured to allow stream",
        ):
            proxy.numbers(2)
        assert proxy.echo(1) == 1


def test_the_daemon_knows_its_streams(connect: Connect, daemon: Daemon) -> None:
    stream = connect(Source()).numbers(2)
    assert len(daemon.streaming_responses) == 1
    assert list(stream) == [0, 1]
    deadline = time.monotonic() + 10
    while daemon.streaming_responses and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not daemon.streaming_responses


def test_two_threads_that_ask_at_once_do_not_break_a_stream(connect: Connect) -> None:
    # Reference 9.3-15: in Pyro5 the second one destroyed it.
    proxy = connect(Source())
    stream = proxy.numbers(200)
    seen: list[int] = []

    def fetch() -> None:
        twin = Proxy(proxy._pyroUri)
        with twin:
            while True:
                try:
                    seen.append(
                        twin._pyroInvoke(
                            "get_next_stream_item", [stream.streamId], {}, objectId="Pyro.Daemon"
                        )
                    )
                except StopIteration:
                    return
                except errors.PyroError:  # the other one had the last item: it is terminated
                    return

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(seen) == list(range(200))
