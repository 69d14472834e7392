"""``serve``: objects to daemon in one call. Reference 3.7."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5.api import Daemon, Proxy, config, expose, serve, start_ns

PATIENCE = 30.0


class Signalled(Daemon):
    """Tells when it serves."""

    def __init__(self) -> None:
        super().__init__()
        self.serving = threading.Event()

    def requestLoop(self, loopCondition: Callable[[], Any] = lambda: True) -> None:
        self.serving.set()
        super().requestLoop(loopCondition)


@expose
class Speaker:
    def echo(self, value: Any) -> Any:
        return value


@pytest.fixture
def name_server(run: Callable[[Daemon], Daemon]) -> Daemon:
    uri, daemon, _ = start_ns(port=0, enableBroadcast=False)
    run(daemon)
    config.NS_PORT = uri.port
    return daemon


@pytest.fixture
def started() -> Iterator[Callable[..., Signalled]]:
    """Call ``serve`` in a thread, wait until it serves, and end it."""
    running: list[tuple[Signalled, threading.Thread]] = []

    def start(function: Callable[..., None], objects: Any, **options: Any) -> Signalled:
        daemon = Signalled()
        thread = threading.Thread(
            target=function, args=(objects,), kwargs={"daemon": daemon, **options}
        )
        thread.start()
        running.append((daemon, thread))
        assert daemon.serving.wait(PATIENCE)
        return daemon

    yield start
    for daemon, thread in running:
        daemon.shutdown()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("parameter", ["use_ns", "ns"])  # the manual's samples say ns
def test_without_a_name_server_the_names_are_ids(
    started: Callable[..., Signalled], capsys: pytest.CaptureFixture[str], parameter: str
) -> None:
    daemon = started(serve, {Speaker(): "speaker"}, **{parameter: False})
    uri = f"PYRO:speaker@{daemon.locationStr}"
    with Proxy(uri) as proxy:
        assert proxy.echo("hi") == "hi"
    shown = re.sub(r"<.*>", "<repr>", capsys.readouterr().out)
    assert shown == f"Object <repr>:\n    uri = {uri}\nPyro daemon running.\n"


def test_with_a_name_server_the_names_are_its(
    started: Callable[..., Signalled], name_server: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = started(serve, {Speaker(): "test.speaker", Speaker: None})
    with Proxy("PYRONAME:test.speaker") as proxy:
        assert proxy.echo("hi") == "hi"
    shown = capsys.readouterr().out
    place = re.escape(daemon.locationStr)
    named = rf"Object <.*>:\n    uri = PYRO:obj_\w+@{place}\n    name = test.speaker\n"
    unnamed = rf"Object <.*>:\n    uri = PYRO:obj_\w+@{place}\n"
    assert re.fullmatch(named + unnamed + r"Pyro daemon running.\n", shown)


def test_it_can_be_quiet(
    started: Callable[..., Signalled], capsys: pytest.CaptureFixture[str]
) -> None:
    started(serve, {Speaker(): "speaker"}, use_ns=False, verbose=False)
    assert capsys.readouterr().out == ""


def test_its_former_name_does_the_same(started: Callable[..., Signalled]) -> None:
    daemon = started(Daemon.serveSimple, {Speaker(): "speaker"}, ns=False, verbose=False)
    with Proxy(f"PYRO:speaker@{daemon.locationStr}") as proxy:
        assert proxy.echo("hi") == "hi"


def test_the_daemon_is_closed_at_the_end(started: Callable[..., Signalled]) -> None:
    daemon = started(serve, {}, use_ns=False, verbose=False)
    daemon.shutdown()
    with pytest.raises(Exception, match="cannot reuse this object"), daemon:
        pass
