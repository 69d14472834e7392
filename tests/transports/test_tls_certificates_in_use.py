"""Certificates that are renewed, revoked or pinned while daemons and proxies run."""

import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import pyrox
from pyrox_tls import ALPN_PROTOCOL
from pyrox_tls.certificates.authority import Authority, create_authority
from pyrox_tls.certificates.issued import Issued
from tests.behaviour.objects import await_log
from tests.transports.conftest import Server


@pyrox.expose
class Clerk:
    def serial_number(self) -> Any:
        """Return that of the caller's certificate."""
        certificate = pyrox.current_context.peer.certificate
        return certificate and certificate["serialNumber"]


class Site(NamedTuple):
    """An authority, and what it signed for a daemon and a client."""

    authority: Authority
    server: Issued
    client: Issued

    @property
    def daemon_settings(self) -> dict[str, Any]:
        return {
            "tls_certificate": str(self.server.file),
            "tls_key": str(self.server.key_file),
        }

    @property
    def mutual(self) -> dict[str, Any]:
        return {
            **self.daemon_settings,
            "tls_ca": str(self.authority.file),
            "tls_require_client_certificate": True,
        }

    @property
    def client_settings(self) -> dict[str, Any]:
        return {
            "tls_ca": str(self.authority.file),
            "tls_client_certificate": str(self.client.file),
            "tls_client_key": str(self.client.key_file),
        }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "certs"
    create_authority(folder, "the site")
    authority = Authority(folder)
    return Site(
        authority, authority.sign_server(["localhost"], 30), authority.sign_client("lab", 30)
    )


def config(**settings: Any) -> pyrox.Config:
    return pyrox.Config(timeout=20.0, **settings)


def served_certificate(daemon: pyrox.Daemon, site: Site) -> dict[str, Any]:
    """What the certificate says that a daemon shows right now."""
    with pyrox.Proxy(daemon.uri_for("thing"), config=config(**site.client_settings)) as proxy:
        proxy._pyro.bind()
        assert proxy._pyro.peer is not None
        return dict(proxy._pyro.peer.certificate or {})


# Renewed


def test_a_renewed_certificate_is_shown_without_a_restart(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    before = served_certificate(daemon, site)["serialNumber"]
    renewed, _ = site.authority.renew("localhost", None)
    after = served_certificate(daemon, site)["serialNumber"]
    assert before != after == f"{renewed.certificate.serial_number:X}".rjust(len(after), "0")


def test_connections_outlive_the_certificate_that_they_began_with(
    serve: Server, site: Site
) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    with pyrox.Proxy(daemon.uri_for("thing"), config=config(**site.client_settings)) as proxy:
        assert proxy.echo(1) == 1
        site.authority.renew("localhost", None)
        served_certificate(daemon, site)
        assert proxy.echo(2) == 2


def test_a_half_written_certificate_does_not_stop_a_daemon(
    serve: Server, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    whole = site.server.file.read_bytes()
    before = served_certificate(daemon, site)
    site.server.file.write_bytes(whole[:100])
    assert served_certificate(daemon, site) == before
    assert "TLS goes on with the certificates that it had" in caplog.text
    caplog.clear()
    assert served_certificate(daemon, site) == before
    assert not caplog.records
    site.server.file.write_bytes(whole)
    assert served_certificate(daemon, site) == before


def test_a_proxy_shows_its_renewed_certificate(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", **site.mutual)
    uri = daemon.register(Clerk(), "clerk")

    def shown() -> Any:
        with pyrox.Proxy(uri, config=config(**site.client_settings)) as proxy:
            return proxy.serial_number()

    before = shown()
    site.authority.renew("lab", None)
    assert shown() != before


# Revoked


def test_a_revoked_client_is_refused_from_its_next_connection_on(
    serve: Server, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.authority.sign_client("former", 30)
    _, crl = site.authority.revoke("former")
    daemon = serve("tls://localhost:0", tls_crl=str(crl), **site.mutual)
    assert served_certificate(daemon, site)
    site.authority.revoke("lab")
    with pytest.raises(
        pyrox.ConnectError, match="does not accept this client's certificate"
    ) as info:
        served_certificate(daemon, site)
    assert info.value.outcome is pyrox.Outcome.NOT_SENT
    await_log(caplog, "the client's certificate was revoked")


def test_a_client_refuses_a_daemon_whose_certificate_was_revoked(
    serve: Server, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    _, crl = site.authority.revoke("localhost")
    settings = config(tls_crl=str(crl), **site.client_settings)
    with pytest.raises(pyrox.ConnectError, match="its certificate was revoked"):
        pyrox.connect(daemon.uri_for("thing"), config=settings)


def test_a_list_of_another_authority_is_not_enough(
    serve: Server, site: Site, tmp_path: Path
) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    create_authority(tmp_path / "other", "another site")
    other = Authority(tmp_path / "other")
    other.sign_client("somebody", 30)
    _, crl = other.revoke("somebody")
    settings = config(tls_crl=str(crl), **site.client_settings)
    with pytest.raises(pyrox.ConnectError, match="tls_crl has no list of the CA"):
        pyrox.connect(daemon.uri_for("thing"), config=settings)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("missing.pem", "list of revoked certificates file not found: 'missing.pem'"),
        (__file__, "cannot use the list in"),
        ("ca.pem", "there is no list of revoked certificates in"),
    ],
)
def test_what_is_no_list_of_revoked_certificates_is_told(site: Site, file: str, text: str) -> None:
    crl = str(site.authority.folder / file) if file == "ca.pem" else file
    with pytest.raises(pyrox.ConfigError, match=text):
        pyrox.Daemon("tls://localhost:0", config=config(tls_crl=crl, **site.daemon_settings))


# Pinned


def test_a_uri_with_a_fingerprint_needs_no_authority(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True, **site.daemon_settings)
    assert daemon.location.endswith(f"#sha256={site.server.fingerprint}")
    with pyrox.Proxy(str(daemon.uri_for("thing")), config=config()) as proxy:
        assert proxy.echo("fine") == "fine"


def test_a_daemon_with_no_certificate_gets_one_for_its_lifetime(serve: Server) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True)
    another = serve("tls://127.0.0.1:0", tls_pin=True)
    for uri in (daemon.uri_for("thing"), another.uri_for("thing")):
        with pyrox.Proxy(uri, config=config()) as proxy:
            assert proxy.echo("fine") == "fine"


def test_a_fingerprint_may_be_written_as_openssl_shows_it(serve: Server) -> None:
    uri = str(serve("tls://localhost:0", tls_pin=True).uri_for("thing"))
    place, sign, digits = uri.partition("=")
    shown = ":".join(re.findall("..", digits.upper()))
    with pyrox.Proxy(place + sign + shown, config=config()) as proxy:
        assert proxy.echo("fine") == "fine"


def test_another_certificate_than_the_uris_is_refused(
    serve: Server, site: Site, tmp_path: Path
) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True, **site.daemon_settings)
    uri = daemon.uri_for("thing")
    site.authority.renew("localhost", None)
    with pytest.raises(
        pyrox.ConnectError, match="its certificate is not the one that the URI names"
    ) as info:
        pyrox.connect(uri, config=config(**site.client_settings))
    assert info.value.outcome is pyrox.Outcome.NOT_SENT


def test_a_daemon_may_require_certificates_of_clients_that_know_it_by_its_own(
    serve: Server, site: Site
) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True, **site.mutual)
    with pyrox.Proxy(daemon.uri_for("thing"), config=config(**site.client_settings)) as proxy:
        assert proxy.caller() == "lab"
    with pytest.raises(pyrox.ConnectError, match="lets nobody in without a client certificate"):
        pyrox.connect(daemon.uri_for("thing"), config=config())


def test_a_daemon_whose_certificate_was_replaced_names_the_new_one(
    serve: Server, site: Site
) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True, **site.daemon_settings)
    before = daemon.uri_for("thing")
    site.authority.renew(site.server.name, 20)
    after = daemon.uri_for("thing")
    assert after != before
    with pyrox.Proxy(after, config=config()) as proxy:
        assert proxy.caller() is None


def test_a_pinned_uri_knows_its_host_and_port(serve: Server) -> None:
    daemon = serve("tls://localhost:0", tls_pin=True)
    uri = daemon.uri_for("thing")
    assert uri.host == "localhost"
    assert uri.port == daemon.listener.socket.getsockname()[1]  # type: ignore[union-attr]
    assert pyrox.URI(str(uri)) == uri


def test_a_pin_goes_with_the_location_behind_a_router(site: Site) -> None:
    settings = config(tls_pin=True, nat_location="outside.example:4000", **site.daemon_settings)
    with pyrox.Daemon("tls://localhost:0", config=settings) as daemon:
        assert daemon.uri_for("thing").location == (
            f"outside.example:4000#sha256={site.server.fingerprint}"
        )


@pytest.mark.parametrize("pin", ["sha256=", "sha256=abc", "md5=" + 64 * "0", "sha256=" + 64 * "g"])
def test_what_is_no_fingerprint_is_told(pin: str) -> None:
    with pytest.raises(pyrox.URIError, match="64 hexadecimal digits"):
        pyrox.connect(f"PYRO+TLS:thing@localhost:1#{pin}")


# Taken up again


def reused(daemon: pyrox.Daemon, site: Site) -> bool:
    """Whether a new connection takes up the session of one before."""
    with pyrox.Proxy(daemon.uri_for("thing"), config=config(**site.client_settings)) as proxy:
        assert proxy.caller() in ("lab", None)
        assert proxy._pyro.peer is not None
        return bool(proxy._pyro.peer.stream.layer.tls.session_reused)


def test_a_client_that_comes_back_takes_up_its_session(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    assert [reused(daemon, site) for _ in range(4)] == [False, True, True, True]


def test_who_a_client_is_is_known_in_a_session_that_it_takes_up(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", **site.mutual)
    settings = config(**site.client_settings)
    for taken_up in (False, True):
        with pyrox.Proxy(daemon.uri_for("thing"), config=settings) as proxy:
            assert proxy.caller() == "lab"
            assert proxy._pyro.peer is not None
            assert proxy._pyro.peer.stream.layer.tls.session_reused is taken_up
            assert proxy._pyro.peer.certificate is not None


def test_a_session_ends_where_certificates_change(serve: Server, site: Site) -> None:
    _, crl = site.authority.revoke(site.authority.sign_client("former", 30).name)
    daemon = serve("tls://localhost:0", tls_crl=str(crl), **site.mutual)
    assert [reused(daemon, site) for _ in range(2)] == [False, True]
    site.authority.revoke("lab")
    with pytest.raises(pyrox.ConnectError, match="does not accept this client's certificate"):
        reused(daemon, site)


def test_a_session_is_one_daemons_own(serve: Server, site: Site) -> None:
    one = serve("tls://localhost:0", **site.daemon_settings)
    other = serve("tls://localhost:0", **site.daemon_settings)
    assert not reused(one, site)
    assert not reused(other, site)


# Named


def test_the_protocol_is_named_in_the_handshake(serve: Server, site: Site) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    with pyrox.Proxy(daemon.uri_for("thing"), config=config(**site.client_settings)) as proxy:
        proxy._pyro.bind()
        assert proxy._pyro.peer is not None
        assert proxy._pyro.peer.stream.layer.tls.selected_alpn_protocol() == ALPN_PROTOCOL


@pytest.mark.parametrize("offered", [[], ["http/1.1"]], ids=["nothing", "another"])
def test_a_client_need_not_name_the_protocol(serve: Server, site: Site, offered: list[str]) -> None:
    daemon = serve("tls://localhost:0", **site.daemon_settings)
    context = ssl.create_default_context(cafile=str(site.authority.file))
    if offered:
        context.set_alpn_protocols(offered)
    host, _, port = daemon.location.partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        assert secured.selected_alpn_protocol() is None
        secured.sendall(b"x" * 40)
        assert secured.recv(4) == b"PYRO"  # the daemon says why it cannot go on


def test_programs_that_only_use_certificates_do_not_load_what_makes_them(site: Site) -> None:
    code = f"""
import sys
import pyrox

config = pyrox.Config(**{site.daemon_settings!r})
with pyrox.Daemon("tls://localhost:0", config=config):
    pyrox.installed_plugins().commands
sys.exit("cryptography" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=150, check=False).returncode == 0
