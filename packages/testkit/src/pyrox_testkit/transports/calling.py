"""Remote calls over the transport, to daemons of either kind."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox

from ..patience import PATIENCE, Background, eventually
from .ground import Ground

__all__ = ["Calling", "Thing"]


@pyrox.expose
class Thing:
    """What the tests call."""

    def __init__(self) -> None:
        self.noted: list[Any] = []
        self.going = threading.Event()
        self.waiting = threading.Event()

    def echo(self, value: Any) -> Any:
        return value

    def size(self, data: Any) -> int:
        return len(data["data"] if isinstance(data, dict) else data)

    def text(self, size: int) -> str:
        return "m" * size

    def count(self, end: int) -> Iterator[int]:
        yield from range(end)

    def fail(self) -> None:
        raise ValueError("as it should")

    @pyrox.oneway
    def note(self, value: Any) -> None:
        self.noted.append(value)

    def wait(self) -> str:
        self.waiting.set()
        self.going.wait(PATIENCE)
        return "went on"


class Calling(Ground):
    """What programs do over the transport."""

    @pytest.fixture
    def plugins(self, transport: pyrox.Transport) -> pyrox.Plugins:
        """The installed plugins with this transport, which need not be installed."""
        return pyrox.installed_plugins().replacing(transports={transport.scheme: transport})

    @pytest.fixture(params=["thread", "multiplex"])
    def server_type(self, request: pytest.FixtureRequest) -> str:
        """Either kind of daemon."""
        return str(request.param)

    @pytest.fixture
    def thing(self) -> Thing:
        """The object that is served."""
        return Thing()

    @pytest.fixture
    def daemon(
        self, transport: pyrox.Transport, config: pyrox.Config, plugins: pyrox.Plugins,
        server_type: str, thing: Thing,
    ) -> Iterator[pyrox.Daemon]:  # fmt: skip
        """A daemon that serves the thing over the transport."""
        location = f"{transport.scheme}://{self.location()}"
        daemon = pyrox.Daemon(location, config=config.replace(server=server_type), plugins=plugins)
        with daemon:
            daemon.register(thing, "thing")
            daemon.start()
            yield daemon
            thing.going.set()

    @pytest.fixture
    def connect(
        self, daemon: pyrox.Daemon, config: pyrox.Config, plugins: pyrox.Plugins
    ) -> Iterator[Callable[..., Any]]:
        """Make one more proxy of the thing."""
        made: list[pyrox.Proxy] = []

        def connect(**options: Any) -> Any:
            options = {"config": config, "plugins": plugins, "timeout": PATIENCE, **options}
            made.append(pyrox.Proxy(str(daemon.uri_for("thing")), **options))
            return made[-1]

        yield connect
        for proxy in made:
            proxy._pyro.release()

    @pytest.fixture
    def proxy(self, connect: Callable[..., Any]) -> Any:
        """A proxy of the thing, made of the text of its URI."""
        return connect()

    @pytest.mark.parametrize("value", [None, 1, "grüße", [1, [2, 3]], {"a": [None]}])
    def test_values_come_back(self, proxy: Any, value: object) -> None:
        assert proxy.echo(value) == value

    @pytest.mark.parametrize("size", [1, 16_383, 16_385, 65_536, 300_000, 5_000_000])
    def test_messages_of_any_size_arrive_both_ways(self, proxy: Any, size: int) -> None:
        text = "abcdefg" * (size // 7 + 1)
        assert proxy.echo(text[:size]) == text[:size]

    def test_much_may_go_one_way_and_little_the_other(self, proxy: Any) -> None:
        for _ in range(3):
            assert proxy.size("x" * 3_000_000) == 3_000_000
            assert len(proxy.text(3_000_000)) == 3_000_000

    def test_what_a_method_raises_is_raised(self, proxy: Any) -> None:
        with pytest.raises(ValueError, match="as it should"):
            proxy.fail()
        assert proxy.echo(1) == 1

    def test_items_are_streamed(self, proxy: Any) -> None:
        assert list(proxy.count(50)) == list(range(50))

    def test_calls_of_a_batch_travel_together(self, proxy: Any) -> None:
        batch = proxy._pyro.batch()
        for number in range(100):
            batch.echo(number)
        assert list(batch()) == list(range(100))

    def test_oneway_calls_arrive(self, proxy: Any, thing: Thing) -> None:
        for number in range(20):
            proxy.note(number)
        eventually(lambda: len(thing.noted) == 20, "not all of them arrived")
        assert sorted(thing.noted) == list(range(20))

    def test_a_call_that_takes_too_long_leaves_the_proxy_usable(
        self, proxy: Any, thing: Thing
    ) -> None:
        proxy._pyro.bind()
        with pyrox.timeout(0.3), pytest.raises(pyrox.TimeoutError) as info:
            proxy.wait()
        assert info.value.outcome is pyrox.Outcome.UNKNOWN
        thing.going.set()
        assert proxy.echo("the next reply") == "the next reply"

    def test_a_call_in_another_thread_is_cut_short(self, proxy: Any, thing: Thing) -> None:
        assert proxy.echo(1) == 1
        calling = Background(_error_of, proxy.wait)
        assert thing.waiting.wait(PATIENCE)
        proxy._pyro.peer.stream.interrupt()
        assert isinstance(calling.result(), pyrox.CommunicationError)
        thing.going.set()
        assert proxy.echo(2) == 2

    def test_many_clients_are_served_at_once(
        self, daemon: pyrox.Daemon, connect: Callable[..., Any]
    ) -> None:
        proxies = [connect() for _ in range(40)]
        for _ in range(2):
            for number, proxy in enumerate(proxies):
                assert proxy.echo(number) == number
        assert daemon.connections == 40

    def test_several_threads_send_and_receive_much_at_once(
        self, connect: Callable[..., Any]
    ) -> None:
        def work() -> None:
            proxy = connect()
            for size in (10, 500_000, 20, 800_000):
                assert len(proxy.text(size)) == size
                assert proxy.size("x" * size) == size

        for working in [Background(work) for _ in range(6)]:
            working.result()

    def test_a_proxy_is_shared_by_threads(self, proxy: Any) -> None:
        def work(name: str) -> None:
            for number in range(30):
                assert proxy.echo([name, number]) == [name, number]

        for working in [Background(work, name) for name in "abcdef"]:
            working.result()

    def test_a_proxy_whose_connection_was_lost_connects_again(self, proxy: Any) -> None:
        assert proxy.echo(1) == 1
        proxy._pyro.peer.stream.interrupt()
        with contextlib.suppress(pyrox.CommunicationError):  # none, where it was quiet before
            proxy.echo(2)
        assert proxy.echo(3) == 3

    def test_a_daemon_that_was_closed_is_told_from_a_slow_one(
        self, daemon: pyrox.Daemon, proxy: Any
    ) -> None:
        assert proxy.echo(1) == 1
        daemon.close()
        with pytest.raises(pyrox.CommunicationError):
            proxy.echo(2)
        with pytest.raises(pyrox.ConnectError) as info:
            proxy.echo(3)
        assert info.value.outcome is pyrox.Outcome.NOT_SENT

    def test_a_client_that_leaves_is_noticed(
        self, daemon: pyrox.Daemon, connect: Callable[..., Any]
    ) -> None:
        one, other = connect(), connect()
        assert (one.echo(1), other.echo(2)) == (1, 2)
        one._pyro.release()
        eventually(lambda: daemon.connections == 1, "its connection was kept")
        assert other.echo(3) == 3

    def test_what_is_no_message_of_pyro_costs_one_connection(
        self, daemon: pyrox.Daemon, transport: pyrox.Transport, config: pyrox.Config, proxy: Any
    ) -> None:
        assert proxy.echo(1) == 1
        stranger = transport.connect(daemon.location, config, PATIENCE)
        try:
            stranger.set_timeouts(PATIENCE, PATIENCE)
            stranger.send([b"GET / HTTP/1.1\r\n\r\n" * 10])
            assert Background(_end_of, stranger).result(), "it was not dismissed"
        finally:
            stranger.close()
        assert proxy.echo(2) == 2


def _end_of(stream: pyrox.Stream) -> bool:
    """Tell whether a stream comes to its end, or is cut off."""
    try:
        while stream.recv(10_000):
            pass
    except OSError as error:
        return not isinstance(error, BlockingIOError)
    return True


def _error_of(function: Callable[[], object]) -> BaseException | None:
    try:
        function()
    except Exception as error:
        return error
    return None
