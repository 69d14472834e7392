"""The name server's methods, without a network: what Pyro 5 programs rely on, and what is safe."""

import time
from typing import Any

import pytest

from pyrox import URI, NamingError, PyroxError, URIError
from pyrox_nameserver import NameServer

A = "PYRO:a@localhost:1"
OWN = "Pyro.NameServer"
OWN_URI = "PYRO:Pyro.NameServer@localhost:9090"
OWN_TAG = "class:Pyro5.nameserver.NameServer"


@pytest.fixture
def announced(names: NameServer) -> NameServer:
    names.announce(URI(OWN_URI))
    return names


def test_a_lookup_gives_a_uri_and_with_it_the_tags_where_they_are_wanted(names: NameServer) -> None:
    names.register("a", A, metadata=["x", "y"])
    assert names.lookup("a") == URI(A)
    assert names.lookup("a", return_metadata=True) == (URI(A), {"x", "y"})
    assert type(names.lookup("a", True)[1]) is set


def test_an_unknown_name_is_a_naming_error(names: NameServer) -> None:
    with pytest.raises(NamingError, match=r"^unknown name: b$"):
        names.lookup("b")
    with pytest.raises(NamingError, match=r"^unknown name: b$"):
        names.set_metadata("b", ["x"])


@pytest.mark.parametrize("uri", [A, "PYRONAME:other", "pyro:a@h:1", "PYROMETA:x,y"])
def test_any_uri_may_be_registered_and_is_listed_as_it_was_given(
    names: NameServer, uri: str
) -> None:
    names.register("a", uri)
    assert names.list() == {"a": uri}
    assert names.lookup("a") == URI(uri)


def test_a_uri_object_may_be_registered(names: NameServer) -> None:
    names.register("a", URI(A))
    assert names.list() == {"a": A}


def test_registering_again_overwrites_and_forgets_the_tags(names: NameServer) -> None:
    names.register("a", A, metadata=["x"])
    names.register("a", "PYRO:b@localhost:2")
    assert names.lookup("a", True) == (URI("PYRO:b@localhost:2"), set())


def test_safe_registering_leaves_a_taken_name_alone(names: NameServer) -> None:
    names.register("a", A, safe=True)
    with pytest.raises(NamingError, match=r"^name already registered: a$"):
        names.register("a", "PYRO:b@localhost:2", safe=True)
    assert names.lookup("a") == URI(A)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((1, A), TypeError, "name must be a str"),
        (("a", 1), TypeError, "only URIs or strings can be registered"),
        (("a", b"PYRO:a@h:1"), TypeError, "only URIs or strings can be registered"),
        (("a", A, False, "x"), TypeError, "metadata should not be a str, but another iterable"),
        (("a", A, False, 3), TypeError, "not iterable"),
        (("a", A, False, [None]), TypeError, "a tag is a str, not a NoneType"),
        (("a", "bad"), URIError, "invalid uri 'bad'"),
        (("", A), NamingError, "must not be empty"),
        (("a\nb", A), NamingError, r"must not contain control characters, .*'\\n'"),
        (("a\ud800", A), NamingError, "must not contain control characters"),
        (("a" * 501, A), NamingError, "at most 500 characters, and this one has 501"),
        (("a", "PYRO:" + "a" * 2000 + "@h:1"), NamingError, "a URI has at most 2000"),
        (("a", "PYRO:a\x00@h:1"), NamingError, "a URI must not contain control characters"),
        (("a", A, False, ["x\x1b"]), NamingError, "a tag must not contain control characters"),
        (("a", A, False, ["x" * 501]), NamingError, "a tag has at most 500"),
        (("a", A, False, map(str, range(10**9))), NamingError, "too many tags"),
    ],
)
def test_what_is_not_fit_is_refused_and_changes_nothing(
    names: NameServer, arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        names.register(*arguments)
    assert names.list() == {}


def test_tags_are_text_whatever_was_given(names: NameServer) -> None:
    three: Any = 3
    names.register("a", A, metadata=[three, "x"])
    assert names.lookup("a", True)[1] == {"3", "x"}
    assert list(names.yplookup(meta_all=[three])) == ["a"]


def test_tags_are_replaced_and_cleared(names: NameServer) -> None:
    names.register("a", A, metadata={"x"})
    names.set_metadata("a", ("y", "z"))
    assert names.lookup("a", True)[1] == {"y", "z"}
    names.set_metadata("a", None)
    assert names.lookup("a", True)[1] == set()
    with pytest.raises(TypeError, match="metadata should not be a str"):
        names.set_metadata("a", "x")


@pytest.fixture
def three(names: NameServer) -> NameServer:
    names.register("a.one", A, metadata=["red", "round"])
    names.register("a.two", A, metadata=["red"])
    names.register("b.one", A)
    return names


def test_a_list_has_uris_as_text_and_tags_as_sets(three: NameServer) -> None:
    assert three.list() == {"a.one": A, "a.two": A, "b.one": A}
    assert three.list(return_metadata=True)["a.one"] == (A, {"red", "round"})
    assert all(type(tags) is set for _, tags in three.list(return_metadata=True).values())


def test_a_list_is_filtered_by_prefix_or_by_regex(three: NameServer) -> None:
    assert set(three.list(prefix="a.")) == {"a.one", "a.two"}
    assert set(three.list(prefix="A.")) == set()
    assert set(three.list(regex=r".*one")) == {"a.one", "b.one"}
    assert set(three.list(regex="one")) == set(), "a regex is matched from the beginning on"
    assert set(three.list(regex="a")) == {"a.one", "a.two"}, "and need not reach the end"
    assert set(three.list(regex=r"(a|b)\.(one)$")) == {"a.one", "b.one"}
    assert set(three.list(prefix="", regex="a")) == {"a.one", "a.two"}


def test_two_filters_at_once_are_refused(three: NameServer) -> None:
    with pytest.raises(ValueError, match="you can only filter on one thing at a time"):
        three.list(prefix="a", regex="b")


@pytest.mark.parametrize("method", ["list", "remove"])
def test_an_invalid_regex_is_a_naming_error(three: NameServer, method: str) -> None:
    for regex in ("(", "*", "a" * 501, "(" * 400):
        with pytest.raises(NamingError, match=r"^invalid regex: "):
            getattr(three, method)(regex=regex)
    assert three.count() == 3


def test_filters_of_another_kind_are_refused(three: NameServer) -> None:
    with pytest.raises(TypeError):
        three.list(prefix=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        three.list(regex=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        three.lookup(3)  # type: ignore[arg-type]


def test_a_regex_that_would_run_for_ever_is_stopped(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox_nameserver.matching.PATIENCE", 0.3)
    names.register("a" * 200 + "!", A)
    begin = time.monotonic()
    with pytest.raises(NamingError, match=r"takes longer than 0\.3 s to match"):
        names.list(regex="(a+)+$")
    assert time.monotonic() - begin < 9
    assert names.count() == 1


def test_removing_counts_what_it_removed(three: NameServer) -> None:
    assert three.remove("a.one") == 1
    assert three.remove("a.one") == 0
    assert three.remove() == 0
    assert three.remove(prefix="") == 0
    assert three.remove(prefix="a.") == 1
    assert three.remove(regex=".*") == 1
    assert three.count() == 0


def test_the_first_argument_of_remove_wins(three: NameServer) -> None:
    assert three.remove("b.one", prefix="a.", regex=".*") == 1
    assert three.remove("", prefix="a.", regex="b.*") == 2
    assert three.count() == 0


def test_yellow_pages_find_by_all_tags_or_by_any(three: NameServer) -> None:
    assert three.yplookup(meta_all=["red", "round"]) == {"a.one": (A, {"red", "round"})}
    assert set(three.yplookup(meta_any={"round", "blue"})) == {"a.one"}
    assert three.yplookup(meta_all=("red", "red"), return_metadata=False) == {
        "a.one": A,
        "a.two": A,
    }
    assert three.yplookup(meta_all=[], meta_any=["red"], return_metadata=False) != {}


def test_yellow_pages_without_tags_are_empty(three: NameServer) -> None:
    assert three.yplookup() == {}
    assert three.yplookup(meta_all=[]) == {}
    assert three.yplookup(meta_any=()) == {}


def test_yellow_pages_refuse_what_makes_no_sense(three: NameServer) -> None:
    with pytest.raises(ValueError, match="at the same time"):
        three.yplookup(meta_all=["a"], meta_any=["b"])
    with pytest.raises(TypeError, match="metadata_all should not be a str"):
        three.yplookup(meta_all="red")
    with pytest.raises(TypeError, match="metadata_any should not be a str"):
        three.yplookup(meta_any="red")


def test_it_answers_a_ping(names: NameServer) -> None:
    assert names.ping() is None


# Its own entry


def test_it_knows_itself(announced: NameServer) -> None:
    assert announced.lookup(OWN, True) == (URI(OWN_URI), {OWN_TAG})
    assert announced.list() == {OWN: OWN_URI}
    assert announced.list(prefix="Pyro.") == {OWN: OWN_URI}
    assert announced.list(prefix="pyro.") == {}
    assert announced.list(regex="Pyro") == {OWN: OWN_URI}
    assert announced.yplookup(meta_any=[OWN_TAG], return_metadata=False) == {OWN: OWN_URI}
    assert announced.yplookup(meta_all=[OWN_TAG, "x"]) == {}
    assert announced.count() == 1


def test_its_own_entry_cannot_be_removed(announced: NameServer) -> None:
    announced.register("Pyro.Other", A)
    assert announced.remove(OWN) == 0
    assert announced.remove(prefix="Pyro") == 1
    assert announced.remove(regex=".*") == 0
    assert announced.lookup(OWN) == URI(OWN_URI)


@pytest.mark.parametrize("safe", [True, False])
def test_its_own_entry_cannot_be_overwritten(announced: NameServer, safe: bool) -> None:
    with pytest.raises(NamingError, match=f"^name already registered: {OWN}"):
        announced.register(OWN, A, safe=safe)
    assert announced.lookup(OWN) == URI(OWN_URI)


def test_its_own_entry_may_get_tags_and_keeps_the_one_it_has(announced: NameServer) -> None:
    announced.set_metadata(OWN, ["room-4"])
    assert announced.lookup(OWN, True)[1] == {OWN_TAG, "room-4"}
    announced.set_metadata(OWN, None)
    assert announced.lookup(OWN, True)[1] == {OWN_TAG}


def test_what_a_file_says_of_an_earlier_name_server_does_not_matter(names: NameServer) -> None:
    names.register(OWN, "PYRO:Pyro.NameServer@localhost:1", metadata=["old"])
    names.announce(URI(OWN_URI))
    assert names.lookup(OWN) == URI(OWN_URI)
    assert names.list() == {OWN: OWN_URI}
    assert names.yplookup(meta_any=["old"]) == {}
    assert names.count() == 1


def test_an_error_that_a_client_provokes_is_one_of_pyrox_or_python(names: NameServer) -> None:
    with pytest.raises(PyroxError):
        names.lookup("\ud800")
