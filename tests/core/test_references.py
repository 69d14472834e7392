"""URIs and proxies as values: the states that Pyro 5 reads and writes."""

from typing import Any

import pytest

from pyrox import URI, Converters, Members, ObjectReference, SerializeError, URIError

URI_STATES = {
    "PYRO:obj@host:5": ("PYRO", "obj", None, "host", 5),
    "PYRO:obj@[::1]:5": ("PYRO", "obj", None, "::1", 5),
    "PYRO:obj@./u:/tmp/s": ("PYRO", "obj", "/tmp/s", None, None),
    "PYRONAME:name": ("PYRONAME", "name", None, None, None),
    "PYRONAME:name@host": ("PYRONAME", "name", None, "host", None),
    "PYRONAME:name@host:5": ("PYRONAME", "name", None, "host", 5),
    "PYROMETA:a,b@host:5": ("PYROMETA", ["a", "b"], None, "host", 5),
    "PYRO+TLS:obj@host:5": ("PYRO+TLS", "obj", None, "host:5", None),
    "PYRO+TLS:obj@[::1]:5": ("PYRO+TLS", "obj", None, "[::1]:5", None),
    "PYRO+MEMORY:obj@here": ("PYRO+MEMORY", "obj", None, "here", None),
}
EACH = pytest.mark.parametrize("text", URI_STATES)


@pytest.fixture
def converters() -> Converters:
    return Converters()


def uri_map(state: Any) -> dict[str, Any]:
    return {"__class__": "Pyro5.core.URI", "state": state}


def proxy_map(state: Any) -> dict[str, Any]:
    return {"__class__": "Pyro5.client.Proxy", "state": state}


@EACH
def test_a_uri_travels_as_pyro5_writes_it(converters: Converters, text: str) -> None:
    assert converters.to_plain(URI(text)) == uri_map(URI_STATES[text])


@EACH
@pytest.mark.parametrize("kind", [tuple, list])
def test_a_uri_arrives_as_it_was(converters: Converters, text: str, kind: type) -> None:
    found = converters.from_plain(uri_map(kind(URI_STATES[text])))
    assert isinstance(found, URI)
    assert found == URI(text)


@pytest.mark.parametrize("tags", [["b", "a"], ("a", "b"), {"a", "b"}, frozenset("ab"), "a,b"])
def test_tags_arrive_in_any_collection(converters: Converters, tags: Any) -> None:
    found = converters.from_plain(uri_map(["PYROMETA", tags, None, None, None]))
    assert found == URI("PYROMETA:a,b")


@pytest.mark.parametrize(
    "state", [None, 5, "PYRO:obj@host:5", [], ["PYRO", "o", None, "h"], ["PYRO"] * 6, {"a": 1}]
)
def test_a_malformed_uri_is_refused(converters: Converters, state: Any) -> None:
    with pytest.raises(SerializeError, match="malformed URI"):
        converters.from_plain(uri_map(state))


@pytest.mark.parametrize(
    "state",
    [
        ["HTTP", "o", None, "h", 5],
        ["PYRO", "o", None, None, None],
        ["PYRO", "", None, "h", 5],
        ["PYRO", "o", None, "h", 99999],
        ["PYRO", "o", None, "h", "x"],
        [None, None, None, None, None],
    ],
)
def test_a_state_that_is_no_uri_is_refused(converters: Converters, state: Any) -> None:
    with pytest.raises(URIError):
        converters.from_plain(uri_map(state))


# Proxies

REFERENCE = ObjectReference(
    URI("PYRO:obj@host:5"), Members.of({"b", "a"}, {"size"}, {"b"}), "msgpack"
)
STATE = ("PYRO:obj@host:5", ["b"], ["a", "b"], ["size"], "hello", "msgpack")


def test_a_reference_travels_as_a_proxy_of_pyro5(converters: Converters) -> None:
    assert converters.to_plain(REFERENCE) == proxy_map(STATE)


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_proxy_arrives_as_a_reference_where_nobody_makes_proxies(
    converters: Converters, kind: type
) -> None:
    assert converters.from_plain(proxy_map(kind(STATE))) == REFERENCE


def test_a_driver_makes_its_proxies_of_references(converters: Converters) -> None:
    converters.set_references(lambda reference: ["proxy", reference], lambda value: None)
    assert converters.from_plain(proxy_map(STATE)) == ["proxy", REFERENCE]


def test_a_registered_object_travels_as_a_proxy(converters: Converters) -> None:
    thing = object()
    converters.set_references(lambda r: r, lambda value: REFERENCE if value is thing else None)
    assert converters.to_plain(thing) == proxy_map(STATE)


def test_a_converter_comes_before_a_reference(converters: Converters) -> None:
    class Thing: ...

    converters.register(Thing, name="thing")
    converters.set_references(lambda r: r, lambda value: REFERENCE)
    assert converters.to_plain(Thing()) == {"__class__": "thing"}


def test_handshake_data_of_a_proxy_neither_leaves_nor_arrives(converters: Converters) -> None:
    secret: Any = ("PYRO:obj@host:5", [], ["a"], [], "secret", None)
    found = converters.from_plain(proxy_map(secret))
    assert "secret" not in repr(found)
    assert converters.to_plain(found)["state"][4] == "hello"


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_names_arrive_in_any_collection(converters: Converters, kind: type) -> None:
    state = ["PYRO:obj@host:5", kind(["b"]), kind(["a", "b"]), kind(["size"]), "hello", "msgpack"]
    assert converters.from_plain(proxy_map(state)) == REFERENCE


@pytest.mark.parametrize("serializer", [None, 5, ["msgpack"]])
def test_a_serializer_that_is_no_name_is_left_out(converters: Converters, serializer: Any) -> None:
    assert converters.from_plain(proxy_map([*STATE[:5], serializer])).serializer is None


def test_what_a_later_version_adds_is_passed_over(converters: Converters) -> None:
    assert converters.from_plain(proxy_map([*STATE, "more", "and more"])) == REFERENCE


@pytest.mark.parametrize(
    "state",
    [
        None,
        5,
        "PYRO:obj@host:5",
        [],
        list(STATE[:5]),
        ["PYRO:obj@host:5", None, ["a"], [], "hello", None],
        ["PYRO:obj@host:5", [], "name", [], "hello", None],
        ["PYRO:obj@host:5", [], [["a"]], [], "hello", None],
        ["PYRO:obj@host:5", [], [5], [], "hello", None],
        ["PYRO:obj@host:5", [], {"a": 1}, [], "hello", None],
    ],
)
def test_a_malformed_proxy_is_refused(converters: Converters, state: Any) -> None:
    with pytest.raises(SerializeError, match="malformed proxy"):
        converters.from_plain(proxy_map(state))


def test_a_proxy_to_nowhere_is_refused(converters: Converters) -> None:
    with pytest.raises(URIError):
        converters.from_plain(proxy_map(["HTTP:obj@host:5", *STATE[1:]]))


def test_members_without_names_test_false() -> None:
    assert not Members()
    assert Members.of(["a"], [], [])
    assert Members.of([], ["a"], [])
