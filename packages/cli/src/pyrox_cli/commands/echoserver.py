"""``pyrox echoserver``: a server to try clients on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from pyrox import URI, Daemon, current_config, join_host_port

from ..echo import EchoServer
from ..signals import stop_requested

__all__ = ["OBJECT_ID", "echoserver"]

OBJECT_ID = "test.echoserver"


def echoserver(
    host: str | None = None,
    port: int = 0,
    unixsocket: str | None = None,
    naming: bool = False,
    verbose: bool = False,
    quiet: bool = False,
) -> Iterator[str]:
    """Serve an :class:`EchoServer` until interrupted, or until a client shuts it down."""
    quiet = quiet and not verbose
    try:
        with Daemon(_location(host, port, unixsocket)) as daemon:
            echo = _echo(daemon, verbose)
            uri = daemon.register(echo, OBJECT_ID)
            if naming:
                daemon.publish(echo, OBJECT_ID)
            if not quiet:
                yield from _announcement(uri, naming)
            daemon.serve_forever(lambda: not stop_requested())
    except KeyboardInterrupt:
        pass  # the way to stop a server


def _location(host: str | None, port: int, unixsocket: str | None) -> str:
    if unixsocket:
        return f"./u:{unixsocket}"
    return join_host_port(host or current_config().host, port)


def _echo(daemon: Daemon, verbose: bool) -> EchoServer:
    def stop() -> None:
        # From a thread of its own, since shutting down waits for the calls that are running.
        threading.Thread(target=daemon.shutdown, name="shutdown").start()

    return EchoServer(log=lambda text: print(text, flush=True), stop=stop, verbose=verbose)


def _announcement(uri: URI, naming: bool) -> Iterator[str]:
    yield "Starting the test echo server of pyrox."
    yield f"object name: {OBJECT_ID}" + (" (registered at the name server)" if naming else "")
    yield f"echo uri: {uri}"
    yield "echoserver running."
