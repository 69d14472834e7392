"""What is no URI, and what each refusal tells the user."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrox import URI, PyroxError, URIError, split_host_port

REFUSED = {
    "": "invalid uri",
    "PYRO": "invalid uri",
    "PYRO:": "invalid uri",
    "obj@host:123": "must begin with PYRO|invalid uri",
    "HTTP:obj@host:1": "must begin with PYRO",
    "XPYRO:obj@host:1": "must begin with PYRO",
    " PYRO:obj@host:1": "invalid uri",
    "PYRO :obj@host:1": "invalid uri",
    "PYRO+:obj@host:1": "invalid uri",
    "PYRO+1A:obj@host:1": "invalid uri",
    "PYRO+TLS+X:obj@host:1": "invalid uri",
    "PYRO:obj": "needs a location",
    "PYRO+TLS:obj": "needs a location",
    "PYRO:obj@": "nothing follows the @",
    "PYRONAME:name@": "nothing follows the @",
    "PYRO:@h:5": "no spaces",
    "PYRO:o b@host:1": "no spaces",
    "PYRO:o\tb@host:1": "no spaces",
    "PYRO:o\u00a0b@host:1": "no spaces",
    "PYRONAME:some name": "no spaces",
    "PYRO:obj@host": "invalid port in uri .* port=None",
    "PYRO:obj@host:": "invalid port in uri .* port=None",
    "PYRO:obj@[::1]": "invalid port in uri .* port=None",
    "PYRO:obj@[::1]:": "invalid port in uri .* port=None",
    "PYRO:obj@::1:5": "invalid port in uri .* port=None",
    "PYRO+TCP:obj@host": "invalid port in uri .* port=None",
    "PYRO:obj@host:abc": "invalid port 'abc'",
    "PYRO:obj@host:-1": "invalid port '-1'",
    "PYRO:obj@host:+1": r"invalid port '\+1'",
    "PYRO:obj@host:1.5": "invalid port '1.5'",
    "PYRO:obj@host:65536": "a number from 0 to 65535",
    "PYRO:obj@host:99999": "a number from 0 to 65535",
    "PYRO:obj@host:" + "1" * 5000: "a number from 0 to 65535",
    "PYRO:obj@host:\u0661": "invalid port",
    "PYRO:obj@host:5 ": "invalid port '5 '",
    "PYRO:obj@host:5\n": "invalid port",
    "PYRO:obj@ho st:1": "expected host:port",
    "PYRO:obj@:5": "expected host:port",
    "PYRO:obj@./u:": "followed by a socket's path",
    "PYRO:obj@./u:a:b": "followed by a socket's path",
    "PYRO+UNIX:obj@./u:": "followed by a socket's path",
    "PYRONAME:name@./u:": "followed by a socket's path",
    "PYRO:obj@[[::1]]:5": r"IPv6 is written \[address\]:port",
    "PYRO:obj@[host]:5": "numeric IPv6 address",
    "PYRO:obj@[]:5": "numeric IPv6 address",
    "PYRO:obj@[127.0.0.1]:5": "numeric IPv6 address",
    "PYRO:obj@[::1:5": r"IPv6 is written \[address\]:port",
    "PYRO:obj@[::1]x:5": r"IPv6 is written \[address\]:port",
    "PYRO:obj@[::1]:5junk": "invalid port '5junk'",
    "PYRO:obj@a:b:c": "IPv6 in brackets",
    "PYRONAME:name@host:abc": "invalid port 'abc'",
    "PYROMETA:a,b , c": "no spaces",
    "PYROMETA:a,,b": "empty tag",
    "PYROMETA:,": "empty tag",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_what_is_no_uri_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(URIError, match=REFUSED[text]):
        URI(text)


@pytest.mark.parametrize("text", ["PYRO:obj", "HTTP:x@h:1", "PYRO:o b@h:1", "PYRO:obj@host"])
def test_a_refusal_shows_what_was_given_and_what_is_right(text: str) -> None:
    with pytest.raises(URIError) as caught:
        URI(text)
    assert repr(text) in str(caught.value)
    assert "PYRO:object@host:port" in str(caught.value)


def test_a_refusal_is_a_value_error_and_a_pyro_error() -> None:
    with pytest.raises(ValueError) as caught:
        URI("PYRO:obj")
    assert isinstance(caught.value, PyroxError)


@pytest.mark.parametrize("value", [b"PYRO:obj@host:1", 5, None, ["PYRO:obj@host:1"]])
def test_only_text_and_uris_make_a_uri(value: Any) -> None:
    with pytest.raises(TypeError, match=f"not of {type(value).__name__}"):
        URI(value)


@pytest.mark.parametrize("location", ["h:x", "[x]:1", "[::1", "a:b:c", "h:-1"])
def test_a_location_that_cannot_be_split_is_refused(location: str) -> None:
    with pytest.raises(URIError, match="invalid"):
        split_host_port(location)


@given(st.text(max_size=50) | st.text("PYROpyro:@.[]/u,+ 19", max_size=30).map("PYRO:o@".__add__))
def test_any_text_gives_a_uri_that_can_be_written_and_read_or_a_uri_error(text: str) -> None:
    try:
        uri = URI(text)
    except URIError:
        return
    assert URI(str(uri)) == uri
