"""What programs look at in a connection with TLS: its socket, in both handshake hooks."""

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, config, expose

if TYPE_CHECKING:
    from tests.certificates import Authority, Certificate

Run = Callable[[Daemon], Daemon]


@expose
class Service:
    def ping(self) -> str:
        return "pong"


@pytest.fixture
def secured(
    authority: "Authority", server_certificate: "Certificate", client_certificate: "Certificate"
) -> None:
    """Let both sides show a certificate."""
    config.SSL = config.SSL_REQUIRECLIENTCERT = True
    config.SSL_CACERTS = authority.file
    config.SSL_SERVERCERT = server_certificate.certificate
    config.SSL_SERVERKEY = server_certificate.key
    config.SSL_CLIENTCERT = client_certificate.certificate
    config.SSL_CLIENTKEY = client_certificate.key


def seen_of(connection: Any) -> dict[str, Any]:
    """Return what a program can find out about a connection."""
    sock = connection.sock
    return {
        "certificate": sock.getpeercert(),
        "der": sock.getpeercert(True),
        "cipher": sock.cipher(),
        "version": sock.version(),
        "peer": sock.getpeername(),
        "descriptor": sock.fileno(),
        "family": connection.family(),
        "same": connection.getpeercert(),
    }


@pytest.mark.usefixtures("secured")
def test_both_sides_see_the_others_certificate_in_their_handshake_hooks(
    run: Run, server_type: str
) -> None:
    seen: dict[str, dict[str, Any]] = {}

    class Looking(Daemon):
        def validateHandshake(self, conn: Any, data: Any) -> Any:
            seen["daemon"] = seen_of(conn)
            return super().validateHandshake(conn, data)

    class Curious(Proxy):
        def _pyroValidateHandshake(self, response: Any) -> None:
            seen["proxy"] = seen_of(self._pyroConnection)

    with Curious(run(Looking()).register(Service())) as proxy:
        assert proxy.ping() == "pong"
        assert proxy._pyroConnection is not None
        assert "TLS" in repr(proxy._pyroConnection.sock)
    for side in ("daemon", "proxy"):
        found = seen[side]
        assert found["certificate"] == found["same"]
        assert found["certificate"]["subject"]
        assert ssl.DER_cert_to_PEM_cert(found["der"])
        assert found["version"].startswith("TLSv1.")
        assert len(found["cipher"]) == 3
        assert found["peer"][0] == "127.0.0.1"
        assert found["descriptor"] > 0
        assert found["family"] == "IPv4"
    assert seen["daemon"]["certificate"] != seen["proxy"]["certificate"]


@pytest.mark.usefixtures("secured")
def test_bytes_that_a_program_sends_by_itself_travel_encrypted(run: Run) -> None:
    class Sending(Daemon):
        def validateHandshake(self, conn: Any, data: Any) -> Any:
            if data == "raw":
                conn.send(b"by hand")
            return super().validateHandshake(conn, data)

    with Proxy(run(Sending()).register(Service())) as proxy:
        proxy._pyroHandshake = "raw"
        with pytest.raises(errors.ProtocolError, match="it starts with b'by h'"):
            proxy._pyroBind()
        proxy._pyroHandshake = "hello"
        assert proxy.ping() == "pong"


@pytest.mark.usefixtures("secured")
def test_flags_are_refused_as_by_any_tls_socket(run: Run) -> None:
    with Proxy(run(Daemon()).register(Service())) as proxy:
        proxy._pyroBind()
        assert proxy._pyroConnection is not None
        with pytest.raises(ValueError, match="flags are not allowed"):
            proxy._pyroConnection.sock.recv(1, 1)


def test_a_plain_connection_has_its_plain_socket(run: Run) -> None:
    with Proxy(run(Daemon()).register(Service())) as proxy:
        proxy._pyroBind()
        connection = proxy._pyroConnection
        assert connection is not None
        assert connection.getpeercert() is None
        assert not hasattr(connection.sock, "getpeercert")
