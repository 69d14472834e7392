"""The test server of Pyro5 (reference 7.3): ``python -m Pyro5.utils.echoserver``."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from pyrox_pyro5.api import Daemon, Proxy, config, expose, oneway, start_ns
from pyrox_pyro5.core import locate_ns

__all__ = ["EchoServer", "NameServer", "main", "startNS"]

OBJECT_NAME = "test.echoserver"


@expose
class EchoServer:
    """Returns what it gets, and fails as it is asked to."""

    _verbose = False
    _must_shutdown = False

    def echo(self, message: Any) -> Any:
        """Return the message."""
        self._say(f"echo: {message!r}")
        return message

    def error(self) -> None:
        """Raise a ValueError."""
        self._say("error: generating exception")
        raise ValueError("this is the generated error from echoserver echo() method")

    def error_with_text(self) -> None:
        """Raise a ValueError with another text."""
        self._say("error: generating exception")
        raise ValueError("the message of the error")

    @oneway
    def oneway_echo(self, message: Any) -> Any:
        """Return the message to nobody."""
        self._say(f"oneway_echo: {message!r}")
        return message

    def slow(self) -> str:
        """Answer after 5 seconds."""
        self._say("slow: waiting a bit...")
        time.sleep(5)
        self._say("slow: returning result")
        return "Finally, an answer!"

    @oneway
    def oneway_slow(self) -> None:
        """Take 5 seconds, while nobody waits."""
        self._say("oneway_slow: waiting a bit...")
        time.sleep(5)
        self._say("oneway_slow: returning result")

    def generator(self) -> Iterator[str]:
        """Return three items, one by one."""
        yield from ("one", "two", "three")

    def nan(self) -> float:
        """Return what is no number."""
        return float("nan")

    def inf(self) -> float:
        """Return what no number is greater than."""
        return float("inf")

    def __dunder__(self) -> str:
        """Be called by a name that may be called, although it does not look like it."""
        return "should be allowed (dunder)"

    def _private(self) -> str:
        return "a remote caller must not see this"

    def __private(self) -> str:
        return "nor this"

    def shutdown(self) -> None:
        """End the server."""
        self._say("shutting down")
        self._must_shutdown = True

    @property
    def verbose(self) -> bool:
        """Whether each call is printed."""
        return self._verbose

    @verbose.setter
    def verbose(self, onoff: bool) -> None:
        self._verbose = bool(onoff)

    def _say(self, text: str) -> None:
        if self._verbose:
            # In one piece: a oneway call prints at the same time as others do.
            print(f"{time.asctime()} - {text}\n", end="", flush=True)


class NameServer(threading.Thread):
    """A name server in a thread; ``started`` is set once it serves."""

    def __init__(self, hostname: str, port: int | None = None) -> None:
        super().__init__(name="name-server", daemon=True)
        self.hostname = hostname
        self.port = port
        self.started = threading.Event()

    def run(self) -> None:
        """Serve until the program ends."""
        self.uri, self.ns_daemon, self.bc_server = start_ns(self.hostname, self.port)
        self.started.set()
        if self.bc_server is not None:
            self.bc_server.runInThread()
        self.ns_daemon.requestLoop()


def startNS(host: str) -> NameServer:
    """Start a name server in a thread, and return it once it serves."""
    server = NameServer(host)
    server.start()
    server.started.wait()
    return server


def main(args: Sequence[str] | None = None) -> None:
    """Run the test server."""
    options = _parser().parse_args(args)
    if options.verbose:
        options.quiet = False

    def say(*words: Any) -> None:
        if not options.quiet:
            print(*words, flush=True)

    say("Starting Pyro's built-in test echo server.")
    config.SERVERTYPE = "multiplex"
    own = startNS(options.host) if options.nameserver else None
    names: Proxy | None = None
    if own is not None or options.naming:
        names = locate_ns(options.host, own.uri.port) if own is not None else locate_ns()
    if options.verbose:
        say("using name server at", names._pyroUri) if names else say("not using a name server.")
        if own is not None and own.bc_server is not None:
            say("broadcast server running at", own.bc_server.locationStr)
        elif own is not None:
            say("not using a broadcast server")
    with Daemon(host=options.host, port=options.port, unixsocket=options.unixsocket) as daemon:
        echo = EchoServer()
        echo._verbose = options.verbose
        uri = daemon.register(echo, OBJECT_NAME)
        if names is not None:
            names.register(OBJECT_NAME, uri)
            names._pyroRelease()
        say("object name:", OBJECT_NAME)
        say("echo uri:", uri)
        say("echoserver running.")
        daemon.requestLoop(lambda: not echo._must_shutdown)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Pyro test echo/nameserver command line launcher.")
    parser.add_argument(
        "-H", "--host", default="localhost", help="hostname to bind server on (default=%(default)s)"
    )
    parser.add_argument("-p", "--port", type=int, default=0, help="port to bind server on")
    parser.add_argument("-u", "--unixsocket", help="Unix domain socket name to bind server on")
    parser.add_argument("-n", "--naming", action="store_true", help="register with nameserver")
    parser.add_argument("-N", "--nameserver", action="store_true", help="also start a nameserver")
    parser.add_argument("-v", "--verbose", action="store_true", help="verbose output")
    parser.add_argument("-q", "--quiet", action="store_true", help="don't output anything")
    return parser


if __name__ == "__main__":
    main()
