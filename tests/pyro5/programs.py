"""Pyro5's programs, run on Pyro5 itself and on pyrox, to be compared with each other."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from pyrox_pyro5.client import Proxy
from tests.programs import PATIENCE, Result
from tests.pyro5.processes import environment

LAUNCHERS = {"pyro5": ["-m"], "pyrox": ["-m", "pyrox_pyro5", "-m"]}
"""What stands between ``python`` and the name of a module, so that it runs on this or that."""

_PORT = re.compile(r"(?<=[\w\].]:)\d{4,5}\b")


def program(launcher: str, module: str, *arguments: str, stdin: str = "", **env: str) -> Result:
    """Run a program to its end."""
    done = subprocess.run(
        [sys.executable, *LAUNCHERS[launcher], module, *arguments],
        env=environment(**env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Result(done.returncode, done.stdout, done.stderr)


class Server:
    """A program that serves: what it printed until it was ready, and afterwards."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.out = ""

    def wait_until_it_prints(self, pattern: str) -> None:
        """Read what it prints until a line has ``pattern`` in it."""
        assert self.process.stdout is not None
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                self.out += line.decode()
                if re.search(pattern, line.decode()):
                    return
        finally:
            timer.cancel()
        err = self.process.communicate()[1].decode()
        raise AssertionError(f"it ended without printing {pattern!r}: {self.out}{err}")

    @property
    def uri(self) -> str:
        """The first URI that it printed."""
        found = re.search(r"PYRO:\S+", self.out)
        assert found is not None, self.out
        return found[0]

    @property
    def port(self) -> str:
        """The port in that URI."""
        return self.uri.rpartition(":")[2]

    def wait_until_it_answers(self) -> None:
        """Wait until it serves: it says that it does a moment before.

        The last URI that can be reached is its own: before that it may print its name server's.
        """
        uris = re.findall(r"PYRO:\S+", self.out)
        with Proxy([uri for uri in uris if "example.com" not in uri][-1]) as proxy:
            proxy._pyroBind()

    def interrupt(self) -> Result:
        """End it with ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> Result:
        """Wait for its end; return all that it printed."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return Result(self.process.returncode, self.out + out.decode(), err.decode())


@contextmanager
def serving(
    launcher: str, module: str, *arguments: str, ready: str, **env: str
) -> Iterator[Server]:
    """Run a server in the block, once it has printed a line with ``ready`` in it."""
    with subprocess.Popen(
        [sys.executable, *LAUNCHERS[launcher], module, *arguments],
        env=environment(PYTHONUNBUFFERED="1", **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # or lines read too far would be missing at the end
    ) as process:
        server = Server(process)
        try:
            server.wait_until_it_prints(ready)
            yield server
        finally:
            process.kill()


def name_server(launcher: str, *arguments: str, **env: str) -> AbstractContextManager[Server]:
    """Run a name server in the block, at any free port."""
    return serving(
        launcher, "Pyro5.nameserver", "-p", "0", *arguments, ready="^(external )?URI =", **env
    )


def without_ports(text: str) -> str:
    """Return ``text`` with PORT for the ports in it, which differ between any two runs."""
    return _PORT.sub("PORT", text)
