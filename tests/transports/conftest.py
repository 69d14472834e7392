"""What the tests of the transports share: daemons of either kind, and settings for TLS."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

import pyrox
from tests.behaviour.objects import eventually
from tests.certificates import Authority, Certificate


@pyrox.expose
class Thing:
    def echo(self, value: Any) -> Any:
        return value

    def size(self, value: bytes) -> int:
        return len(value)

    def make(self, size: int) -> bytes:
        return b"m" * size

    def count(self, end: int) -> Any:
        yield from range(end)

    def caller(self) -> Any:
        certificate = pyrox.current_context.peer.certificate
        return None if certificate is None else certificate["subject"][0][0][1]


class Server(Protocol):
    def __call__(self, location: str, **settings: Any) -> pyrox.Daemon: ...


@pytest.fixture(params=["thread", "multiplex"])
def server_type(request: pytest.FixtureRequest) -> str:
    """Either kind of daemon."""
    return str(request.param)


@pytest.fixture
def serve(server_type: str) -> Iterator[Server]:
    """Serve a thing, in a daemon with these settings."""
    daemons: list[pyrox.Daemon] = []

    def serve(location: str, **settings: Any) -> pyrox.Daemon:
        daemon = pyrox.Daemon(location, config=pyrox.Config(server=server_type, **settings))
        daemons.append(daemon)
        daemon.register(Thing(), "thing")
        return daemon.start()

    yield serve
    for daemon in daemons:
        daemon.close()
    eventually(
        lambda: not any(daemon.connections for daemon in daemons),
        what="connections outlived their daemon",
    )


def keys(certificate: Certificate, role: str = "") -> dict[str, Any]:
    """The settings that make a daemon, or as ``client_`` a client, use a certificate."""
    return {
        f"tls_{role}certificate": certificate.certificate,
        f"tls_{role}key": certificate.key,
        f"tls_{role}key_password": certificate.password,
    }


@pytest.fixture
def secure(serve: Server, server_certificate: Certificate, authority: Authority) -> pyrox.Daemon:
    """A daemon with TLS."""
    return serve("tls://localhost:0", **keys(server_certificate))


@pytest.fixture
def trusting(authority: Authority) -> pyrox.Config:
    """Settings of a client that trusts our authority."""
    return pyrox.Config(tls_ca=authority.file, timeout=20.0)
