"""TLS: who trusts whom, what settings say, and what is said where it goes wrong.

The failures are those of reference 6.5, and of its section 9: nothing is global, and nothing
half-configured is kept.
"""

import asyncio
import logging
import shutil
import subprocess
from pathlib import Path

import pytest

import pyrox
import pyrox.aio
from pyrox_tls import TlsTransport
from tests.behaviour.objects import eventually
from tests.certificates import Authority, Certificate
from tests.transports.conftest import Server, keys


def call(uri: object, config: pyrox.Config, text: str = "fine") -> str:
    with pyrox.Proxy(str(uri), config=config, timeout=20.0) as proxy:
        return str(proxy.echo(text))


def failure(uri: object, config: pyrox.Config) -> str:
    """The text of the error that a client gets."""
    with pytest.raises(pyrox.ConnectError) as info:
        call(uri, config)
    assert info.value.outcome is pyrox.Outcome.NOT_SENT
    return str(info.value)


def told(caplog: pytest.LogCaptureFixture) -> str:
    """What the daemon logged about a client."""
    eventually(lambda: bool(caplog.records), what="nothing was logged")
    [record] = [r for r in caplog.records if r.name == "pyrox.server"]
    assert record.levelno == logging.WARNING
    return record.getMessage()


# What works


def test_the_uri_says_that_tls_is_used(secure: pyrox.Daemon) -> None:
    assert str(secure.uri_for("thing")) == f"PYRO+TLS:thing@{secure.location}"


def test_a_client_that_trusts_the_authority_calls(
    secure: pyrox.Daemon, trusting: pyrox.Config
) -> None:
    assert call(secure.uri_for("thing"), trusting) == "fine"


def test_tls_is_at_least_1_2_and_1_3_between_us(
    secure: pyrox.Daemon, trusting: pyrox.Config
) -> None:
    with pyrox.Proxy(secure.uri_for("thing"), config=trusting) as proxy:
        proxy.echo(1)
        assert proxy._pyro.peer is not None
        assert proxy._pyro.peer.stream.layer.tls.version() == "TLSv1.3"
        assert proxy._pyro.peer.stream.layer.tls.context.minimum_version.name == "TLSv1_2"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl names the folder's files")
def test_authorities_may_be_in_a_folder(
    secure: pyrox.Daemon, authority: Authority, tmp_path: Path
) -> None:
    command = ["openssl", "x509", "-hash", "-noout", "-in", authority.file]
    digest = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    (tmp_path / f"{digest}.0").write_bytes(Path(authority.file).read_bytes())
    assert call(secure.uri_for("thing"), pyrox.Config(tls_ca=str(tmp_path))) == "fine"


def test_an_encrypted_key_is_read_with_its_password(
    serve: Server, authority: Authority, trusting: pyrox.Config
) -> None:
    daemon = serve(
        "tls://localhost:0", **keys(authority.sign("locked", "localhost", password="sesame"))
    )
    assert call(daemon.uri_for("thing"), trusting) == "fine"


def test_key_and_certificate_may_be_in_one_file(
    serve: Server, server_certificate: Certificate, trusting: pyrox.Config, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(
        Path(server_certificate.key).read_bytes()
        + Path(server_certificate.certificate).read_bytes()
    )
    daemon = serve("tls://localhost:0", tls_certificate=str(both))
    assert call(daemon.uri_for("thing"), trusting) == "fine"


def test_each_side_sees_what_the_others_certificate_says(
    serve: Server,
    server_certificate: Certificate,
    client_certificate: Certificate,
    authority: Authority,
) -> None:
    daemon = serve(
        "tls://localhost:0",
        tls_ca=authority.file,
        tls_require_client_certificate=True,
        **keys(server_certificate),
    )
    config = pyrox.Config(tls_ca=authority.file, **keys(client_certificate, "client_"))
    with pyrox.Proxy(daemon.uri_for("thing"), config=config) as proxy:
        assert proxy.caller() == "client"
        assert proxy._pyro.peer is not None
        assert proxy._pyro.peer.certificate is not None
        assert proxy._pyro.peer.certificate["subject"] == ((("commonName", "server"),),)


def test_a_client_without_a_certificate_has_none_to_show(
    secure: pyrox.Daemon, trusting: pyrox.Config
) -> None:
    with pyrox.Proxy(secure.uri_for("thing"), config=trusting) as proxy:
        assert proxy.caller() is None


def test_the_handshake_validation_can_refuse_a_certificate(
    server_type: str,
    server_certificate: Certificate,
    client_certificate: Certificate,
    authority: Authority,
) -> None:
    class Picky(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: object) -> object:
            assert peer.certificate is not None
            raise pyrox.SecurityError(f"not you, {peer.certificate['subject'][0][0][1]}")

    config = pyrox.Config(
        server=server_type,
        tls_ca=authority.file,
        tls_require_client_certificate=True,
        **keys(server_certificate),
        **keys(client_certificate, "client_"),
    )
    with Picky("tls://localhost:0", config=config).start() as daemon:
        assert "not you, client" in failure(daemon.uri_for("Pyro.Daemon"), config)


def test_a_name_server_may_be_reached_by_tls(secure: pyrox.Daemon, trusting: pyrox.Config) -> None:
    pytest.importorskip("pyrox_nameserver")
    with pytest.raises(pyrox.PyroxError, match=r"Pyro\.NameServer"):
        pyrox.locate_ns(f"tls://{secure.location}", config=trusting)


# Per daemon and per proxy


def test_two_proxies_may_trust_different_authorities(
    secure: pyrox.Daemon, trusting: pyrox.Config, tmp_path: Path
) -> None:
    stranger = pyrox.Config(tls_ca=Authority(tmp_path, "stranger").file)
    assert "not signed by a CA that is trusted" in failure(secure.uri_for("thing"), stranger)
    assert call(secure.uri_for("thing"), trusting) == "fine"
    assert "not signed by a CA that is trusted" in failure(secure.uri_for("thing"), stranger)


def test_plain_uris_may_mean_tls_for_those_who_are_given_such_plugins(
    server_type: str, server_certificate: Certificate, authority: Authority
) -> None:
    settings = pyrox.Config(tls_ca=authority.file, **keys(server_certificate))
    secured = pyrox.installed_plugins().replacing(transports={"tcp": TlsTransport(settings)})
    with pyrox.Daemon(
        "localhost:0", plugins=secured, config=pyrox.Config(server=server_type)
    ).start() as daemon:
        uri = daemon.uri_for("Pyro.Daemon")
        assert str(uri) == f"PYRO:Pyro.Daemon@{daemon.location}"
        with pyrox.Proxy(uri, plugins=secured) as proxy:
            proxy.ping()
            assert proxy._pyro.peer is not None
            assert proxy._pyro.peer.stream.layer.tls.version()
        assert "this daemon uses TLS, and the client does not" in failure(uri, pyrox.Config())


def test_a_renewed_authority_is_read_again(
    secure: pyrox.Daemon, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Path(Authority(tmp_path, "old").file).read_bytes())
    config = pyrox.Config(tls_ca=str(file))
    assert "not signed by a CA that is trusted" in failure(secure.uri_for("thing"), config)
    file.unlink()
    file.write_bytes(Path(authority.file).read_bytes())
    assert call(secure.uri_for("thing"), config) == "fine"


# What fails: the cause and the cure, on both sides


def test_an_unknown_authority(
    secure: pyrox.Daemon, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = pyrox.Config(tls_ca=Authority(tmp_path, "stranger").file)
    text = failure(secure.uri_for("thing"), config)
    assert "not signed by a CA that is trusted here" in text
    assert "CERTIFICATE_VERIFY_FAILED" in text
    assert "set tls_ca" in text
    assert "the client does not accept this daemon's certificate" in told(caplog)


def test_another_host(
    secure: pyrox.Daemon, trusting: pyrox.Config, caplog: pytest.LogCaptureFixture
) -> None:
    uri = str(secure.uri_for("thing")).replace("localhost", "127.0.0.1")
    text = failure(uri, trusting)
    assert "its certificate is for another host" in text
    assert "not valid for '127.0.0.1'" in text
    assert "let the client use a host name that it is for" in told(caplog)


def test_an_address_in_the_certificate_will_do(
    serve: Server, authority: Authority, trusting: pyrox.Config
) -> None:
    daemon = serve("tls://127.0.0.1:0", **keys(authority.sign("numbered", "127.0.0.1")))
    assert call(daemon.uri_for("thing"), trusting) == "fine"


def test_a_plain_client_of_a_daemon_with_tls(
    secure: pyrox.Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    text = failure(f"PYRO:thing@{secure.location}", pyrox.Config())
    assert "this daemon uses TLS, and the client does not" in text
    assert "use a PYRO+TLS: URI" in text
    assert "this daemon uses TLS, and the client does not" in told(caplog)


def test_a_client_with_tls_of_a_plain_daemon(
    serve: Server, trusting: pyrox.Config, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = serve("tcp://localhost:0")
    text = failure(f"PYRO+TLS:thing@{daemon.location}", trusting)
    assert "the daemon there does not use TLS" in text
    assert "use a URI without +TLS" in text
    assert "that is TLS, which only one side uses" in told(caplog)


@pytest.fixture
def strict(serve: Server, server_certificate: Certificate, authority: Authority) -> pyrox.Daemon:
    """A daemon that requires certificates."""
    return serve(
        "tls://localhost:0",
        tls_ca=authority.file,
        tls_require_client_certificate=True,
        **keys(server_certificate),
    )


def test_no_client_certificate_where_one_is_required(
    strict: pyrox.Daemon, trusting: pyrox.Config, caplog: pytest.LogCaptureFixture
) -> None:
    text = failure(strict.uri_for("thing"), trusting)
    assert "lets nobody in without a client certificate" in text
    assert "set tls_client_certificate" in text
    assert "the client has no certificate, and this daemon requires one" in told(caplog)


def test_under_asyncio_the_cause_is_the_same(
    strict: pyrox.Daemon, trusting: pyrox.Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Authority(tmp_path, "stranger").sign("stranger")

    async def failures() -> list[str]:
        found = []
        for config in (trusting, trusting.replace(**keys(stranger, "client_"))):
            with pytest.raises(pyrox.ConnectError) as caught:
                async with pyrox.aio.Proxy(strict.uri_for("thing"), config=config) as proxy:
                    await proxy.nothing()
            found.append(str(caught.value))
        return found

    without, strange = asyncio.run(failures())
    assert "lets nobody in without a client certificate" in without
    assert "the daemon does not accept this client's certificate" in strange
    assert "unexpected error" not in caplog.text


def test_a_client_certificate_by_an_unknown_authority(
    strict: pyrox.Daemon,
    trusting: pyrox.Config,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stranger = Authority(tmp_path, "stranger").sign("stranger")
    text = failure(strict.uri_for("thing"), trusting.replace(**keys(stranger, "client_")))
    assert "the daemon does not accept this client's certificate" in text
    assert "the client's certificate is not signed by a CA that is trusted here" in told(caplog)


# Settings


def test_a_daemon_needs_a_certificate() -> None:
    with pytest.raises(pyrox.ConfigError, match="set tls_certificate"):
        pyrox.Daemon("tls://localhost:0", config=pyrox.Config())


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("tls_certificate", "server cert file not found: 'missing.pem'"),
        ("tls_key", "server key file not found: 'missing.pem'"),
        ("tls_ca", "CA certificates file not found: 'missing.pem'"),
    ],
)
def test_a_file_that_a_daemon_misses_is_named(
    server_certificate: Certificate, setting: str, text: str
) -> None:
    config = pyrox.Config(**{**keys(server_certificate), setting: "missing.pem"})
    with pytest.raises(pyrox.ConfigError, match=text):
        pyrox.Daemon("tls://localhost:0", config=config)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("tls_client_certificate", "client cert file not found: 'missing.pem'"),
        ("tls_client_key", "client key file not found: 'missing.pem'"),
        ("tls_ca", "CA certificates file not found: 'missing.pem'"),
    ],
)
def test_a_file_that_a_client_misses_is_named(
    client_certificate: Certificate, setting: str, text: str
) -> None:
    config = pyrox.Config(**{**keys(client_certificate, "client_"), setting: "missing.pem"})
    with pytest.raises(pyrox.ConfigError, match=text):
        call("PYRO+TLS:thing@localhost:1", config)


def test_another_certificates_key_is_told(
    server_certificate: Certificate, client_certificate: Certificate
) -> None:
    config = pyrox.Config(
        tls_certificate=server_certificate.certificate, tls_key=client_certificate.key
    )
    with pytest.raises(pyrox.ConfigError, match="the key is another certificate's: check tls_key"):
        pyrox.Daemon("tls://localhost:0", config=config)


@pytest.mark.parametrize(
    ("password", "text"),
    [("", "the key is encrypted: set tls_key_password"), ("wrong", "check tls_key_password")],
)
def test_an_encrypted_key_asks_nobody_on_the_terminal(
    authority: Authority, password: str, text: str
) -> None:
    locked = authority.sign("encrypted", "localhost", password="sesame")
    config = pyrox.Config(**keys(locked)).replace(tls_key_password=password)
    with pytest.raises(pyrox.ConfigError, match=text):
        pyrox.Daemon("tls://localhost:0", config=config)


def test_requiring_certificates_needs_an_authority(server_certificate: Certificate) -> None:
    config = pyrox.Config(tls_require_client_certificate=True, **keys(server_certificate))
    with pytest.raises(pyrox.ConfigError, match="set tls_ca"):
        pyrox.Daemon("tls://localhost:0", config=config)


def test_what_is_no_certificate_is_told(server_certificate: Certificate, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("hello")
    config = pyrox.Config(tls_certificate=str(tmp_path / "no.pem"))
    with pytest.raises(pyrox.ConfigError, match="PEM files are needed"):
        pyrox.Daemon("tls://localhost:0", config=config)
    config = pyrox.Config(tls_ca=str(tmp_path / "no.pem"))
    with pytest.raises(pyrox.ConfigError, match="cannot use the CA certificates"):
        call("PYRO+TLS:thing@localhost:1", config)


def test_passwords_are_not_shown() -> None:
    config = pyrox.Config(tls_key_password="sesame", tls_client_key_password="sesame")
    assert "sesame" not in repr(config)
    assert {"tls_key_password", "tls_client_key_password"} <= pyrox.Config.secrets()


# Strangers


def test_a_daemon_that_lets_only_certificates_in_warns_of_no_strangers(
    serve: Server,
    server_certificate: Certificate,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
) -> None:
    required = {"tls_ca": authority.file, "tls_require_client_certificate": True}
    serve("tls://0.0.0.0:0", **required, **keys(server_certificate))
    assert not caplog.records
    serve("tls://0.0.0.0:0", **keys(server_certificate))
    assert "every program that can connect" in caplog.text
    assert "can read and change what travels" not in caplog.text
