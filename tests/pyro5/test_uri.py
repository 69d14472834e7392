"""URIs. Reference 3.2."""

import copy
import pickle
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import URI, Proxy, config


def parts(uri: URI) -> tuple[Any, ...]:
    return uri.protocol, uri.object, uri.sockname, uri.host, uri.port


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PYRO:obj@host:123", ("PYRO", "obj", None, "host", 123)),
        ("pyro:obj@host:123", ("PYRO", "obj", None, "host", 123)),
        ("Pyro:obj@HOST:1", ("PYRO", "obj", None, "HOST", 1)),
        ("PYRO:obj@[::1]:5", ("PYRO", "obj", None, "::1", 5)),
        ("PYRO:obj@[::1]:5junk", ("PYRO", "obj", None, "::1", 5)),
        ("PYRO:obj@./u:/tmp/sock et", ("PYRO", "obj", "/tmp/sock et", None, None)),
        ("PYRO:a@b@c:5", ("PYRO", "a", None, "b@c", 5)),
        ("PYRO:obj@ho st:1", ("PYRO", "obj", None, "ho st", 1)),
        ("PYRONAME:some.name", ("PYRONAME", "some.name", None, None, None)),
        ("PYRONAME:some.name@host", ("PYRONAME", "some.name", None, "host", 9090)),
        ("PYRONAME:some.name@host:77", ("PYRONAME", "some.name", None, "host", 77)),
        ("PYRONAME:name@./u:path", ("PYRONAME", "name", "path", None, None)),
        ("PYROMETA:a,b", ("PYROMETA", {"a", "b"}, None, None, None)),
        ("PYROMETA:a@host:5", ("PYROMETA", {"a"}, None, "host", 5)),
    ],
)
def test_what_a_uri_is_made_of(text: str, expected: tuple[Any, ...]) -> None:
    assert parts(URI(text)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("PYRO:obj", "invalid uri"),
        ("PYRO:obj@host", "invalid port in uri, port=None"),
        ("PYRO:obj@[::1]", "invalid port in uri, port=None"),
        ("PYRO:obj@host:abc", "invalid port in uri, port=abc"),
        ("PYRO:obj@::1:5", "invalid port in uri, port=:1:5"),
        ("PYRO:o b@host:1", "invalid uri"),
        (" PYRO:obj@host:1", "invalid uri"),
        ("HTTP:obj@host:1", "invalid uri"),
        ("PYRO:@h:5", "invalid uri"),
        ("PYRO:obj@./u:", "invalid uri (location)"),
        ("PYRO:obj@./u:a:b", "invalid uri (location)"),
        (
            "PYRO:obj@[[::1]]:5",
            "invalid ipv6 address: enclosed in too many brackets",
        ),
        (
            "PYRO:obj@[host]:5",
            "invalid ipv6 address: the part between brackets must be a numeric ipv6 address",
        ),
        (
            "PYRO:obj@[fe80::1%eth0]:5",
            "invalid ipv6 address: the part between brackets must be a numeric ipv6 address",
        ),
        ("PYROLOC:obj@host:1", "invalid uri (protocol)"),
        ("PYROFOO:a", "invalid uri (protocol)"),
        ("PYROMETA:a,b , c", "invalid uri"),
    ],
)
def test_what_is_no_uri(text: str, problem: str) -> None:
    with pytest.raises(errors.PyroError) as caught:
        URI(text)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize("wrong", [None, 5, b"PYRO:a@b:1"])
def test_a_uri_is_made_of_text_or_of_a_uri(wrong: Any) -> None:
    with pytest.raises(TypeError):
        URI(wrong)


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_refused_when_it_is_used(port: str) -> None:
    # Reference 9.3-13: Pyro5 checked it nowhere.
    uri = URI(f"PYRO:obj@localhost:{port}")
    with pytest.raises(errors.PyroError):
        Proxy(uri)._pyroBind()


@pytest.mark.parametrize(
    "text",
    [
        "PYRO:obj@host:1",
        "PYRO:obj@[::1]:1",
        "PYRO:obj@./u:/tmp/x",
        "PYRONAME:name",
        "PYRONAME:name@host:5",
        "PYROMETA:a,b",
    ],
)
def test_the_text_is_the_same_again(text: str) -> None:
    uri = URI(text)
    assert str(uri) == text
    assert repr(uri).startswith("<Pyro5.core.URI at 0x")
    assert repr(uri).endswith(f"; {text}>")


def test_the_location_is_written_as_in_the_uri() -> None:
    assert URI("PYRO:o@h:1").location == "h:1"
    assert URI("PYRO:o@[::1]:1").location == "[::1]:1"
    assert URI("PYRO:o@./u:x").location == "./u:x"
    assert URI("PYRONAME:o").location is None
    assert URI.isUnixsockLocation("./u:x")
    assert not URI.isUnixsockLocation("host:1")


def test_the_name_servers_port_is_that_of_the_settings() -> None:
    config.NS_PORT = 4711
    assert URI("PYRONAME:name@host").port == 4711


@pytest.mark.parametrize("text", ["PYRO:obj@host:1", "PYROMETA:a,b@host:5"])
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, URI, lambda uri: pickle.loads(pickle.dumps(uri))]
)
def test_a_copy_is_equal(text: str, again: Any) -> None:
    uri = URI(text)
    twin = again(uri)
    assert twin is not uri
    assert twin == uri
    assert hash(twin) == hash(uri)


def test_uris_are_equal_by_all_their_parts() -> None:
    assert URI("PYRO:obj@host:1") != URI("PYRO:obj@HOST:1")
    assert URI("PYRO:obj@host:1") != URI("PYRO:Obj@host:1")
    assert URI("PYRO:obj@host:1") != "PYRO:obj@host:1"
    assert URI("PYROMETA:a,b") == URI("PYROMETA:b,a")


def test_tags_can_be_hashed() -> None:
    # Reference 9.3-13: Pyro5 could not, so that proxies of such URIs could not, either.
    assert len({URI("PYROMETA:a,b"), URI("PYROMETA:b,a")}) == 1
    assert len({Proxy("PYROMETA:a,b"), Proxy("PYROMETA:b,a")}) == 1
