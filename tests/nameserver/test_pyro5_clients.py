"""Programs of Pyro 5 use the name server as if it were their own, and the other way round."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox import URI, Config, NamingError
from pyrox_nameserver import SqliteStorage, start_ns

pytest.importorskip("Pyro5")

EVERYTHING = """
import json, sys
import Pyro5.api, Pyro5.errors
Pyro5.config.SERIALIZER = sys.argv[3]
said = {}

def note(name, function):
    try:
        result = function()
    except Exception as error:
        result = f"{type(error).__module__}.{type(error).__name__}: {error}"
    said[name] = json.loads(json.dumps(result, default=plain))

def plain(value):
    return sorted(value) if isinstance(value, (set, frozenset, tuple)) else str(value)

with Pyro5.api.locate_ns(sys.argv[1], int(sys.argv[2])) as ns:
    note("methods", lambda: ns._pyroMethods)
    note("ping", ns.ping)
    note("register", lambda: ns.register("a", "PYRO:a@localhost:1", metadata=["x"]))
    note("register uri", lambda: ns.register("b", Pyro5.api.URI("PYRO:b@localhost:2"), safe=True))
    note("safe", lambda: ns.register("a", "PYRO:a@localhost:1", safe=True))
    note("bad uri", lambda: ns.register("c", "bad"))
    note("bad name", lambda: ns.register(1, "PYRO:a@localhost:1"))
    note("bad type", lambda: ns.register("c", 1))
    note("bad metadata", lambda: ns.register("c", "PYRO:a@localhost:1", metadata="x"))
    note("own", lambda: ns.register("Pyro.NameServer", "PYRO:a@localhost:1"))
    note("lookup", lambda: ns.lookup("a"))
    note("lookup type", lambda: type(ns.lookup("a")).__name__)
    note("unknown", lambda: ns.lookup("c"))
    note("list", lambda: ns.list())
    note("prefix", lambda: ns.list(prefix="a"))
    note("regex", lambda: ns.list(regex="[ab]"))
    note("bad regex", lambda: ns.list(regex="("))
    note("both", lambda: ns.list(prefix="a", regex="a"))
    note("tags", lambda: {k: sorted(v[1]) for k, v in ns.list(return_metadata=True).items()})
    note("all", lambda: {k: sorted(v[1]) for k, v in ns.yplookup(meta_all=["x"]).items()})
    note("any", lambda: ns.yplookup(meta_any=["x"], return_metadata=False))
    note("set", lambda: ns.set_metadata("b", ["y", "z"]))
    note("set unknown", lambda: ns.set_metadata("c", ["y"]))
    note("count", ns.count)
    note("remove", lambda: ns.remove("a"))
    note("remove unknown", lambda: ns.remove("a"))
    note("remove own", lambda: ns.remove("Pyro.NameServer"))
    note("remove all", lambda: ns.remove(regex=".*"))
    note("final count", ns.count)
print(json.dumps(said))
"""


def python(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("serializer", ["serpent", "json", "msgpack", "marshal"])
def test_all_that_a_client_can_ask_is_answered_as_pyro5_does(served: str, serializer: str) -> None:
    host, _, port = served.rpartition(":")
    said: dict[str, Any] = json.loads(python("-c", EVERYTHING, host, port, serializer))
    own = {"Pyro.NameServer": f"PYRO:Pyro.NameServer@{served}"}
    a, b = {"a": "PYRO:a@localhost:1"}, {"b": "PYRO:b@localhost:2"}
    assert "name already registered: Pyro.NameServer" in said.pop("own")
    assert said.pop("bad uri").startswith("Pyro5.errors.PyroError: ")
    assert said == {
        "methods": sorted("count lookup register set_metadata remove list yplookup ping".split()),
        "ping": None,
        "register": None,
        "register uri": None,
        "safe": "Pyro5.errors.NamingError: name already registered: a",
        "bad name": "builtins.TypeError: name must be a str",
        "bad type": "builtins.TypeError: only URIs or strings can be registered",
        "bad metadata": "builtins.TypeError: metadata should not be a str, "
        "but another iterable (set, list, etc)",
        "lookup": "PYRO:a@localhost:1",
        "lookup type": "URI",
        "unknown": "Pyro5.errors.NamingError: unknown name: c",
        "list": own | a | b,
        "prefix": a,
        "regex": a | b,
        "bad regex": "Pyro5.errors.NamingError: invalid regex: "
        "missing ), unterminated subpattern at position 0",
        "both": "builtins.ValueError: you can only filter on one thing at a time",
        "tags": {"Pyro.NameServer": ["class:Pyro5.nameserver.NameServer"], "a": ["x"], "b": []},
        "all": {"a": ["x"]},
        "any": a,
        "set": None,
        "set unknown": "Pyro5.errors.NamingError: unknown name: c",
        "count": 3,
        "remove": 1,
        "remove unknown": 0,
        "remove own": 0,
        "remove all": 1,
        "final count": 1,
    }


def nsc(served: str, *arguments: str) -> str:
    host, _, port = served.rpartition(":")
    return python("-m", "Pyro5.nsc", "-n", host, "-p", port, *arguments)


def test_the_program_of_pyro5_administers_it(served: str) -> None:
    assert nsc(served, "ping") == "Name server ping ok.\n"
    assert nsc(served, "register", "a", "PYRO:a@localhost:1") == "Registered a\n"
    assert nsc(served, "setmeta", "a", "x", "y") == "Metadata updated\n"
    assert "a --> PYRO:a@localhost:1\n    metadata: {" in nsc(served, "list")
    assert "a --> " in nsc(served, "yplookup_all", "x", "y")
    assert nsc(served, "lookup", "a").startswith("PYRO:a@localhost:1\n")
    assert nsc(served, "remove", "a") == "Removed a\n"


FIND_BY_BROADCAST = """
import sys
import Pyro5.api
Pyro5.config.NS_HOST, Pyro5.config.NS_BCPORT = "192.0.2.1", int(sys.argv[1])
Pyro5.config.BROADCAST_ADDRS = ["127.0.0.1"]
print(Pyro5.api.locate_ns()._pyroUri)
"""


def test_a_client_of_pyro5_finds_it_by_broadcast() -> None:
    with start_ns("127.0.0.1:0", broadcast="127.0.0.1:0") as daemon:
        assert daemon.responder is not None
        port = daemon.responder.location.rpartition(":")[2]
        found = python("-c", FIND_BY_BROADCAST, port)
        assert found == f"PYRO:Pyro.NameServer@{daemon.location}\n"


PYRO5_SERVER = """
import sys
import Pyro5.nameserver
uri, daemon, broadcasts = Pyro5.nameserver.start_ns(
    "127.0.0.1", 0, enableBroadcast=False, storage=sys.argv[1]
)
responder = Pyro5.nameserver.BroadcastServer(uri, bchost="127.0.0.1", bcport=0)
responder.runInThread()
print(uri.location, responder.getPort(), flush=True)
daemon.requestLoop()
"""


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_a_name_server_of_pyro5_is_used(
    storage: str, tmp_path: Path, program: Callable[..., Any]
) -> None:
    kept = "memory" if storage == "memory" else f"sql:{tmp_path / 'names.sql'}"
    started = program("-W", "ignore", "-c", PYRO5_SERVER, kept)
    location, _, udp = started.line_with("127.0.0.1").partition(" ")
    host, _, port = location.partition(":")
    config = Config(ns_host=host, ns_port=int(port))
    with pyrox.locate_ns(config=config) as names:
        names.register("a", "PYRO:a@localhost:1", metadata=["x"])
        assert names.lookup("a") == URI("PYRO:a@localhost:1")
    assert pyrox.resolve("PYRONAME:a", config=config) == URI("PYRO:a@localhost:1")
    assert pyrox.resolve("PYROMETA:x", config=config) == URI("PYRO:a@localhost:1")
    with pytest.raises(NamingError, match="unknown name: aa; asked"):
        pyrox.resolve("PYRONAME:aa", config=config)
    by_broadcast = Config(
        ns_port=1, ns_broadcast_addresses=("127.0.0.1",), ns_broadcast_port=int(udp)
    )
    with pyrox.locate_ns(broadcast=True, config=by_broadcast) as names:
        assert names._pyro.uri.location == location
    if storage == "sqlite":
        started.process.kill()
        started.end()
        table = SqliteStorage().open(str(tmp_path / "names.sql"))
        entry = table.get("a")
        assert entry is not None and entry.metadata == {"x"}
        table.close()


def test_pyro5_can_go_on_with_a_file_of_ours(tmp_path: Path, program: Callable[..., Any]) -> None:
    file = tmp_path / "names.sql"
    with start_ns("localhost:0", storage=f"sqlite:{file}") as daemon:
        daemon.nameserver.register("a", "PYRO:a@localhost:1", metadata=["x"])
    started = program("-W", "ignore", "-c", PYRO5_SERVER, f"sql:{file}")
    location = started.line_with("127.0.0.1").partition(" ")[0]
    assert pyrox.resolve(f"PYROMETA:x@{location}") == URI("PYRO:a@localhost:1")
