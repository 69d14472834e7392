"""What a URI says, and that saying it again gives the same."""

import pickle
from typing import Any, NamedTuple

import pytest

from pyrox import URI, join_host_port, split_host_port


class Parts(NamedTuple):
    scheme: str
    object: str
    transport: str
    location: str | None
    host: str | None = None
    port: int | None = None
    path: str | None = None


READ = {
    "PYRO:obj@host:123": Parts("PYRO", "obj", "tcp", "host:123", "host", 123),
    "pyro:obj@host:123": Parts("PYRO", "obj", "tcp", "host:123", "host", 123),
    "Pyro:obj@HOST:1": Parts("PYRO", "obj", "tcp", "HOST:1", "HOST", 1),
    "PYRO:obj@h:0": Parts("PYRO", "obj", "tcp", "h:0", "h", 0),
    "PYRO:obj@h:65535": Parts("PYRO", "obj", "tcp", "h:65535", "h", 65535),
    "PYRO:obj@127.0.0.1:5": Parts("PYRO", "obj", "tcp", "127.0.0.1:5", "127.0.0.1", 5),
    "PYRO:a@b@c:5": Parts("PYRO", "a", "tcp", "b@c:5", "b@c", 5),
    "PYRO:a:b,c/d@h:5": Parts("PYRO", "a:b,c/d", "tcp", "h:5", "h", 5),
    "PYRO:žluť@h:5": Parts("PYRO", "žluť", "tcp", "h:5", "h", 5),
    "PYRO:obj@[::1]:5": Parts("PYRO", "obj", "tcp", "[::1]:5", "::1", 5),
    "PYRO:obj@[2001:db8::1]:5": Parts("PYRO", "obj", "tcp", "[2001:db8::1]:5", "2001:db8::1", 5),
    "PYRO:obj@[fe80::1%eth0]:5": Parts("PYRO", "obj", "tcp", "[fe80::1%eth0]:5", "fe80::1%eth0", 5),
    "PYRO:obj@./u:/tmp/sock": Parts("PYRO", "obj", "unix", "./u:/tmp/sock", path="/tmp/sock"),
    "PYRO:obj@./u:/a/x y": Parts("PYRO", "obj", "unix", "./u:/a/x y", path="/a/x y"),
    "PYRO:obj@./u:sock": Parts("PYRO", "obj", "unix", "./u:sock", path="sock"),
    "PYRO+TLS:obj@h:5": Parts("PYRO", "obj", "tls", "h:5", "h", 5),
    "pyro+tls:obj@h:5": Parts("PYRO", "obj", "tls", "h:5", "h", 5),
    "PYRO+TLS:obj@[::1]:5": Parts("PYRO", "obj", "tls", "[::1]:5", "::1", 5),
    "PYRO+MEMORY:obj@here": Parts("PYRO", "obj", "memory", "here", "here"),
    "PYRO+A_b-2:obj@x y": Parts("PYRO", "obj", "a_b-2", "x y", "x y"),
    "PYRO+TCP:obj@h:5": Parts("PYRO", "obj", "tcp", "h:5", "h", 5),
    "PYRO+UNIX:obj@./u:/s": Parts("PYRO", "obj", "unix", "./u:/s", path="/s"),
    "PYRO+UNIX:obj@/run/s": Parts("PYRO", "obj", "unix", "/run/s", "/run/s"),
    "PYRONAME:some.name": Parts("PYRONAME", "some.name", "tcp", None),
    "pyroname:some.name": Parts("PYRONAME", "some.name", "tcp", None),
    "PYRONAME:some.name@h": Parts("PYRONAME", "some.name", "tcp", "h", "h"),
    "PYRONAME:some.name@h:9090": Parts("PYRONAME", "some.name", "tcp", "h:9090", "h", 9090),
    "PYRONAME:some.name@[::1]": Parts("PYRONAME", "some.name", "tcp", "[::1]", "::1"),
    "PYRONAME:some.name@::1": Parts("PYRONAME", "some.name", "tcp", "::1", "::1"),
    "PYRONAME:some.name@./u:/s": Parts("PYRONAME", "some.name", "unix", "./u:/s", path="/s"),
    "PYRONAME+TLS:some.name@h:9": Parts("PYRONAME", "some.name", "tls", "h:9", "h", 9),
    "PYROMETA:a,b": Parts("PYROMETA", "a,b", "tcp", None),
    "PYROMETA:a,b@h:9090": Parts("PYROMETA", "a,b", "tcp", "h:9090", "h", 9090),
    "PYROLOCAL:thing": Parts("PYROLOCAL", "thing", "tcp", None),
}
EACH = pytest.mark.parametrize("text", READ)


@EACH
def test_a_uri_is_read_into_its_parts(text: str) -> None:
    uri = URI(text)
    found = (uri.scheme, uri.object, uri.transport, uri.location, uri.host, uri.port, uri.path)
    assert Parts(*found) == READ[text]


@EACH
def test_the_text_of_a_uri_gives_the_same_uri(text: str) -> None:
    uri = URI(text)
    again = URI(str(uri))
    assert again == uri
    assert str(again) == str(uri)
    assert (again.transport, again.location) == (uri.transport, uri.location)


@EACH
def test_a_copy_and_a_pickled_uri_are_the_same(text: str) -> None:
    uri = URI(text)
    for copy in (URI(uri), pickle.loads(pickle.dumps(uri))):
        assert copy == uri
        assert hash(copy) == hash(uri)
        assert str(copy) == str(uri)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("pyro:Obj@Host:1", "PYRO:Obj@Host:1"),
        ("pyro+tls:obj@h:1", "PYRO+TLS:obj@h:1"),
        ("PYRO+TCP:obj@h:1", "PYRO:obj@h:1"),
        ("PYRO+UNIX:obj@./u:s", "PYRO:obj@./u:s"),
        ("PYRO+TCP:obj@./u:s", "PYRO+TCP:obj@./u:s"),
        ("pyroname:x", "PYRONAME:x"),
        ("PyroMeta:b,a@h", "PYROMETA:b,a@h"),
    ],
)
def test_a_uri_is_written_in_one_form(text: str, written: str) -> None:
    assert str(URI(text)) == written
    assert repr(URI(text)) == f"URI({written!r})"


@pytest.mark.parametrize(("text", "direct"), [("PYRO:o@h:1", True), ("PYRONAME:o", False)])
def test_a_direct_uri_says_where_the_object_is(text: str, direct: bool) -> None:
    assert URI(text).is_direct is direct


# Equality


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PYRO:o@h:1", "pyro:o@h:1"),
        ("PYRO:o@h:1", "PYRO+TCP:o@h:1"),
        ("PYROMETA:a,b,c", "PYROMETA:c,a,b"),
        ("PYROMETA:a,a,b@h:1", "PYROMETA:b,a@h:1"),
    ],
)
def test_the_same_address_is_equal_and_hashes_equally(one: str, other: str) -> None:
    assert URI(one) == URI(other)
    assert hash(URI(one)) == hash(URI(other))
    assert len({URI(one), URI(other)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PYRO:o@h:1", "PYRO:O@h:1"),
        ("PYRO:o@h:1", "PYRO:o@H:1"),
        ("PYRO:o@h:1", "PYRO:o@h:2"),
        ("PYRO:o@h:1", "PYRO+TLS:o@h:1"),
        ("PYRO:o@h:1", "PYRONAME:o@h:1"),
        ("PYRONAME:o", "PYRONAME:o@h"),
        ("PYROMETA:a,b", "PYROMETA:a"),
        ("PYRONAME:a,b", "PYRONAME:b,a"),
        ("PYRO:o@./u:a", "PYRO:o@./u:b"),
    ],
)
def test_another_address_is_unequal(one: str, other: str) -> None:
    assert URI(one) != URI(other)


@pytest.mark.parametrize("other", ["PYRO:o@h:1", None, 5, ("PYRO", "o", "tcp", "h:1")])
def test_a_uri_equals_only_uris(other: Any) -> None:
    assert URI("PYRO:o@h:1") != other


@pytest.mark.parametrize("tags", ["a", "a,b", "printer,room-4,a.b"])
def test_tags_are_a_set(tags: str) -> None:
    assert URI(f"PYROMETA:{tags}").tags == set(tags.split(","))


@pytest.mark.parametrize("text", ["PYRO:a,b@h:1", "PYRONAME:a,b"])
def test_only_a_meta_uri_has_tags(text: str) -> None:
    assert URI(text).tags == frozenset()


@pytest.mark.parametrize("name", ["scheme", "object", "transport", "location", "host", "other"])
def test_a_uri_is_immutable(name: str) -> None:
    uri = URI("PYRO:o@h:1")
    with pytest.raises(AttributeError, match=f"immutable; make a new one to change its {name}"):
        setattr(uri, name, "x")


# Made of parts


@pytest.mark.parametrize(
    ("location", "transport", "written"),
    [
        ("h:5", "", "PYRO:o@h:5"),
        ("h:5", "tcp", "PYRO:o@h:5"),
        ("./u:/s", "unix", "PYRO:o@./u:/s"),
        ("h:5", "tls", "PYRO+TLS:o@h:5"),
        ("[::1]:5", "tcp", "PYRO:o@[::1]:5"),
        ("anywhere", "memory", "PYRO+MEMORY:o@anywhere"),
    ],
)
def test_a_uri_is_made_of_an_id_and_a_location(location: str, transport: str, written: str) -> None:
    uri = URI.of("o", location, transport)
    assert str(uri) == written
    assert uri.location == location


@pytest.mark.parametrize(
    ("location", "host", "port"),
    [
        ("h:1", "h", 1),
        ("h", "h", None),
        ("h:", "h", None),
        ("[::1]:1", "::1", 1),
        ("[::1]", "::1", None),
        ("::1", "::1", None),
        ("2001:db8::5", "2001:db8::5", None),
        ("", "", None),
    ],
)
def test_a_location_is_split_into_host_and_port(location: str, host: str, port: int | None) -> None:
    assert split_host_port(location) == (host, port)


@pytest.mark.parametrize("host", ["h", "127.0.0.1", "::1", "2001:db8::5"])
def test_host_and_port_joined_are_split_again(host: str) -> None:
    assert split_host_port(join_host_port(host, 80)) == (host, 80)
