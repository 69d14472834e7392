"""What users may type where an object is wanted."""

import pytest

from pyrox import URIError
from pyrox_cli.addresses import daemon_of, uri_of


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("PYRO:greeter@localhost:4444", "PYRO:greeter@localhost:4444"),
        ("pyroname:example.greeter", "PYRONAME:example.greeter"),
        ("PYROMETA:printer,room-4", "PYROMETA:printer,room-4"),
        ("PYRO+TLS:greeter@localhost:4444", "PYRO+TLS:greeter@localhost:4444"),
        ("example.greeter", "PYRONAME:example.greeter"),
        ("localhost:4444", "PYRO:Pyro.Daemon@localhost:4444"),
        ("[::1]:4444", "PYRO:Pyro.Daemon@[::1]:4444"),
        ("./u:/run/echo.sock", "PYRO:Pyro.Daemon@./u:/run/echo.sock"),
        ("tls://localhost:4444", "PYRO+TLS:Pyro.Daemon@localhost:4444"),
    ],
)
def test_a_uri_a_name_or_a_location_leads_to_an_object(text: str, uri: str) -> None:
    assert str(uri_of(text)) == uri


def test_what_begins_like_a_uri_must_be_one() -> None:
    with pytest.raises(URIError, match="PYRO needs a location"):
        uri_of("PYRO:greeter")


def test_the_daemon_of_an_object_is_reached_the_same_way() -> None:
    assert str(daemon_of(uri_of("PYRO+TLS:a@host:1"))) == "PYRO+TLS:Pyro.Daemon@host:1"
