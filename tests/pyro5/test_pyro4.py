"""The Pyro4 names. Reference 10.

Each runs in a process of its own: importing them claims the name Pyro4 for good.
"""

import subprocess
import sys

import pytest

BEGINNING = "from pyrox_pyro5.compatibility import Pyro4\n"


def run(program: str) -> str:
    """Run a program that uses Pyro4; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + program],
        capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_pyro4_program_serves_and_calls() -> None:
    program = """
import Pyro4, threading

@Pyro4.expose
@Pyro4.behavior(instance_mode="single")
class Adder:
    def add(self, a, b):
        return a + b

daemon = Pyro4.Daemon()
uri = daemon.register(Adder)
assert isinstance(uri, Pyro4.URI)
threading.Thread(target=daemon.requestLoop).start()
with Pyro4.Proxy(uri) as proxy:
    print(proxy.add(1, 2))
    batch = Pyro4.batch(proxy)
    batch.add(3, 4)
    batch.add(5, 6)
    print(list(batch()))
try:
    Pyro4.Proxy(uri).nothing()
except AttributeError:
    print("".join(Pyro4.util.getPyroTraceback()).splitlines()[-1][:14])
daemon.shutdown()
"""
    assert run(program).splitlines() == ["3", "[7, 11]", "AttributeError"]


def test_names_are_looked_up_with_pyro4s_words() -> None:
    program = """
import Pyro4, threading
from pyrox_pyro5.api import start_ns

uri, daemon, _ = start_ns(port=0, enableBroadcast=False)
threading.Thread(target=daemon.requestLoop).start()
with Pyro4.locateNS(host="localhost", port=uri.port, broadcast=False) as names:
    names.register("test", "PYRO:x@y:1")
print(Pyro4.resolve(f"PYRONAME:test@localhost:{uri.port}"))
daemon.shutdown()
"""
    assert run(program) == "PYRO:x@y:1\n"


@pytest.mark.parametrize("module", ["errors", "util", "socketutil", "constants"])
def test_the_modules_are_there_by_their_names(module: str) -> None:
    assert run(f"import Pyro4.{module} as it; print(it is Pyro4.{module})") == "True\n"


@pytest.mark.parametrize(
    "names",
    [
        "errors.PyroError errors.NamingError errors.CommunicationError errors.TimeoutError",
        "util.getPyroTraceback util.formatTraceback util.excepthook util.SerializerBase",
        "socketutil.getIpVersion socketutil.getIpAddress socketutil.getInterfaceAddress",
        "socketutil.createSocket socketutil.createBroadcastSocket socketutil.receiveData",
        "socketutil.sendData constants.VERSION constants.DAEMON_NAME",
        "constants.NAMESERVER_NAME constants.PROTOCOL_VERSION",
        "callback oneway expose behavior current_context config",
    ],
)
def test_what_the_modules_have(names: str) -> None:
    assert run("".join(f"Pyro4.{name}\n" for name in names.split())) == ""


@pytest.mark.parametrize(
    "use",
    [
        "asyncproxy('PYRO:x@y:1')", "Future(print)", "Proxy('PYRO:x@y:1')._pyroAsync()",
        "Proxy('PYRO:x@y:1')._pyroHmacKey", "locateNS(hmac_key='k')",
        "resolve('PYRO:x@y:1', hmac_key='k')", "core.DAEMON_NAME", "naming.NameServer",
        "message.Message",
    ],
)  # fmt: skip
def test_what_pyro5_has_no_more_says_so(use: str) -> None:
    program = (
        f"try:\n    Pyro4.{use}\nexcept NotImplementedError as error:\n    print(bool(str(error)))"
    )
    assert run(program) == "True\n"


def test_its_settings_are_its_own() -> None:
    program = """
from pyrox_pyro5.api import config
Pyro4.config.COMMTIMEOUT = 5
print(config.COMMTIMEOUT, Pyro4.config.asDict()["COMMTIMEOUT"])
"""
    assert run(program) == "0.0 5\n"
