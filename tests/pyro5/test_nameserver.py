"""Reference 3.9: what a name server knows, on each storage."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyrox_pyro5 import nameserver
from pyrox_pyro5.api import URI, Daemon, Proxy
from pyrox_pyro5.errors import NamingError, PyroError
from pyrox_pyro5.nameserver import (
    NameServer,
    NameServerDaemon,
    SqlStorage,
)
from tests.pyro5.conftest import PATIENCE

A, B = "PYRO:a@localhost:1", "PYRO:b@localhost:2"
OWN_TAG = "class:Pyro5.nameserver.NameServer"


@pytest.fixture(params=["memory", "sql", "mapping"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Each of the storages; the last is a mapping of the program's own."""
    if request.param == "sql":
        return f"sql:{tmp_path / 'names.sql'}"
    return {} if request.param == "mapping" else "memory"


@pytest.fixture
def ns(storage: Any, run: Callable[[Daemon], Daemon]) -> Iterator[Proxy]:
    """A proxy for a name server that is served, with each storage."""
    daemon = run(NameServerDaemon(port=0, storage=storage))
    with Proxy(daemon.uriFor("Pyro.NameServer")) as proxy:
        yield proxy


# Names


def test_a_name_stands_for_a_uri(ns: Proxy) -> None:
    ns.register("a", A)
    ns.register("b", URI(B))
    assert ns.lookup("a") == URI(A)
    assert type(ns.lookup("b")) is URI
    assert ns.count() == 3
    assert ns.ping() is None


def test_it_comes_with_its_tags_where_they_are_asked_for(ns: Proxy) -> None:
    ns.register("a", A, metadata=["red", "round", "red"])
    uri, tags = ns.lookup("a", return_metadata=True)
    assert (uri, set(tags)) == (URI(A), {"red", "round"})


def test_marshal_gets_it_with_its_tags_too(ns: Proxy) -> None:
    # Reference 3.9: Pyro5 cannot send that.
    ns._pyroSerializer = "marshal"
    ns.register("a", A, metadata=["red"])
    uri, tags = ns.lookup("a", return_metadata=True)
    assert (str(uri), set(tags)) == (A, {"red"})


def test_an_unknown_name_is_an_error(ns: Proxy) -> None:
    with pytest.raises(NamingError, match=r"^unknown name: nothing$"):
        ns.lookup("nothing")
    with pytest.raises(NamingError, match=r"^unknown name: nothing$"):
        ns.set_metadata("nothing", {"red"})


def test_a_name_is_taken_over_unless_it_shall_be_safe(ns: Proxy) -> None:
    ns.register("a", A, metadata={"red"})
    ns.register("a", B)
    uri, tags = ns.lookup("a", return_metadata=True)
    assert (uri, set(tags)) == (URI(B), set())
    with pytest.raises(NamingError, match=r"^name already registered: a$"):
        ns.register("a", A, safe=True)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda ns: ns.register("a", 5), "only URIs or strings can be registered"),
        (lambda ns: ns.register(5, A), "name must be a str"),
        (
            lambda ns: ns.register("a", A, metadata="red"),
            r"metadata should not be a str, but another iterable \(set, list, etc\)",
        ),
        (lambda ns: ns.set_metadata("a", "red"), "metadata should not be a str"),
        (lambda ns: ns.yplookup(meta_all="red"), "metadata_all should not be a str"),
        (lambda ns: ns.yplookup(meta_any="red"), "metadata_any should not be a str"),
    ],
)
def test_values_of_the_wrong_kind_are_refused(
    ns: Proxy, call: Callable[[Proxy], Any], problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        call(ns)


def test_what_is_no_uri_is_refused(ns: Proxy) -> None:
    with pytest.raises(PyroError, match=r"^invalid uri"):
        ns.register("a", "nonsense")


def test_tags_are_replaced_and_cleared(ns: Proxy) -> None:
    ns.register("a", A, metadata={"red"})
    ns.set_metadata("a", {"blue", "BLUE"})
    assert set(ns.lookup("a", True)[1]) == {"blue", "BLUE"}
    ns.set_metadata("a", None)
    assert set(ns.lookup("a", True)[1]) == set()


def test_names_are_removed_one_by_one_or_many_at_a_time(ns: Proxy) -> None:
    for name in ("a", "b1", "b2", "c1", "c2", "d"):
        ns.register(name, A)
    assert ns.remove("a") == 1
    assert ns.remove("a") == 0
    assert ns.remove(prefix="b") == 2
    assert ns.remove(regex="c[12]") == 2
    assert ns.remove(name="d", prefix="x") == 1
    assert ns.remove() == 0
    assert list(ns.list()) == ["Pyro.NameServer"]


def test_its_own_name_stays_whatever_anybody_does(ns: Proxy) -> None:
    # Reference 3.9: with Pyro5 anybody may register another server under it.
    assert ns.remove("Pyro.NameServer") == 0
    assert ns.remove(regex=".*") == 0
    with pytest.raises(NamingError, match=r"^name already registered: Pyro.NameServer"):
        ns.register("Pyro.NameServer", A)
    assert set(ns.lookup("Pyro.NameServer", True)[1]) == {OWN_TAG}


def test_names_are_listed_by_their_beginnings_or_a_regex(ns: Proxy) -> None:
    ns.register("one", A, metadata={"red"})
    ns.register("two", B)
    assert ns.list(prefix="o") == {"one": A}
    assert ns.list(regex=".w") == {"two": B}
    assert ns.list(regex="w") == {}
    found = ns.list(prefix="one", return_metadata=True)["one"]
    assert (found[0], set(found[1])) == (A, {"red"})
    with pytest.raises(ValueError, match=r"^you can only filter on one thing at a time$"):
        ns.list(prefix="o", regex="t")
    with pytest.raises(NamingError, match=r"^invalid regex: "):
        ns.list(regex="(")


@pytest.mark.parametrize("prefix", ["a_", "a%", "A"])
def test_a_prefix_means_what_it_says(ns: Proxy, prefix: str) -> None:
    # Reference 3.9: in Pyro5's sqlite storage these are wildcards, and case does not count.
    ns.register("abc", A)
    assert ns.list(prefix=prefix) == {}
    assert ns.remove(prefix=prefix) == 0


def test_names_are_found_by_their_tags(ns: Proxy) -> None:
    ns.register("a", A, metadata={"red", "round"})
    ns.register("b", B, metadata={"red"})
    assert set(ns.yplookup(meta_all={"red", "round"})) == {"a"}
    assert set(ns.yplookup(meta_any={"red", "square"})) == {"a", "b"}
    assert ns.yplookup(meta_all={"round"}, return_metadata=False) == {"a": A}
    assert set(ns.yplookup(meta_all={OWN_TAG})) == {"Pyro.NameServer"}
    assert ns.yplookup() == ns.yplookup(meta_all=[]) == ns.yplookup(meta_any={"x"}) == {}
    with pytest.raises(ValueError, match=r"^you can't use meta_all or meta_any at the same time$"):
        ns.yplookup(["red"], ["round"])


def test_a_tag_that_is_asked_for_twice_is_found_all_the_same(ns: Proxy) -> None:
    # Reference 9.3-12: Pyro5's sqlite storage finds nothing.
    ns.register("a", A, metadata=["red"])
    assert set(ns.yplookup(meta_all=["red", "red"])) == {"a"}


def test_entries_without_tags_can_be_listed_with_every_serializer(
    serializer: str, ns: Proxy
) -> None:
    # Reference 9.3-12: a frozenset, which Pyro5 sends with neither json nor msgpack.
    ns.register("a", A)
    found = ns.list(prefix="a", return_metadata=True)["a"]
    assert (found[0], list(found[1])) == (A, [])


def test_a_local_name_server_answers_like_a_remote_one(tmp_path: Path) -> None:
    storage = SqlStorage(str(tmp_path / "names.sql"))
    names = NameServer(storage)
    names.register("a", URI(A), metadata={"red"})
    assert names.lookup("a", True) == (URI(A), {"red"})
    with pytest.raises(NamingError, match=r"^unknown name: b$"):
        names.lookup("b")
    with pytest.raises(PyroError, match=r"^invalid uri"):
        names.register("b", "nonsense")
    storage.close()


# Waiting for names


def test_a_name_that_is_there_is_returned_at_once(ns: Proxy) -> None:
    ns.register("a", A, metadata={"red"})
    assert nameserver.lookup(ns, "a", delay_time=100) == URI(A)
    assert nameserver.lookup(ns, "a", True)[0] == URI(A)
    assert set(nameserver.yplookup(ns, meta_any=["red"], delay_time=100)) == {"a"}


def test_a_name_is_waited_for(ns: Proxy) -> None:
    registered = threading.Thread(target=_register, args=(str(ns._pyroUri), "later"))
    registered.start()
    assert nameserver.lookup(ns, "later", delay_time=PATIENCE) == URI(A)
    assert set(nameserver.yplookup(ns, ["red"], delay_time=PATIENCE)) == {"later"}
    registered.join()


def _register(server: str, name: str) -> None:
    with Proxy(server) as names:
        names.register(name, A, metadata={"red"})


def test_but_not_for_ever(ns: Proxy) -> None:
    with pytest.raises(NamingError, match=r"^unknown name: never$"):
        nameserver.lookup(ns, "never", delay_time=0.01)
    assert nameserver.yplookup(ns, ["never"], delay_time=0.01) == {}
