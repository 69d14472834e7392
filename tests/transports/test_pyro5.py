"""The real Pyro5 at the other end: its SSL mode (reference 6.5), and its unix sockets (6.3)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox_tls import TlsTransport
from tests.certificates import Authority, Certificate
from tests.transports.conftest import Thing, keys

pytest.importorskip("Pyro5")

PROGRAM = Path(__file__).parent / "peers" / "pyro5_peer.py"


def arguments(role: str, settings: dict[str, Any], *rest: str) -> list[str]:
    plain = [text.replace("\0", "<NUL>") for text in rest]  # no argument can have one
    return [sys.executable, str(PROGRAM), role, json.dumps(settings), *plain]


@contextmanager
def pyro5_server(settings: dict[str, Any], *rest: str) -> Iterator[str]:
    """A daemon of Pyro5's; gives the URI of its thing."""
    with subprocess.Popen(
        arguments("serve", settings, *rest),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip("\n")
        finally:
            process.kill()


def pyro5_client(uri: object, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a client of Pyro5's makes of a thing."""
    done = subprocess.run(
        arguments("call", settings or {}, str(uri)),
        stdout=subprocess.PIPE,
        text=True,
        timeout=150,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def expected(caller: object = None) -> dict[str, Any]:
    """What a client is told where all goes well."""
    return {
        "echo": "grüße",
        "large": True,
        "items": [0, 1, 2, 3, 4],
        "caller": caller,
        "batch": [1, 2],
    }


def check_calls(proxy: pyrox.Proxy, caller: object = None) -> None:
    large = "x" * 3_000_000
    batch = proxy._pyro.batch()
    batch.echo(1)
    batch.echo(2)
    assert expected(caller) == {
        "echo": proxy.echo("grüße"),
        "large": proxy.echo(large) == large,
        "items": list(proxy.count(5)),
        "caller": proxy.caller(),
        "batch": list(batch()),
    }


def secured(config: pyrox.Config) -> pyrox.Plugins:
    """Plugins with which a plain ``PYRO:`` URI is one of TLS, as in Pyro5's SSL mode."""
    return pyrox.installed_plugins().replacing(transports={"tcp": TlsTransport(config)})


def ssl_server(certificate: Certificate, **more: Any) -> dict[str, Any]:
    return {
        "SSL": True,
        "SSL_SERVERCERT": certificate.certificate,
        "SSL_SERVERKEY": certificate.key,
        "SERVERTYPE": "thread",
        **more,
    }


def ssl_client(authority: Authority, certificate: Certificate | None = None) -> dict[str, Any]:
    settings: dict[str, Any] = {"SSL": True, "SSL_CACERTS": authority.file}
    if certificate:
        settings |= {
            "SSL_CLIENTCERT": certificate.certificate,
            "SSL_CLIENTKEY": certificate.key,
        }
    return settings


@pytest.fixture(params=["thread", "multiplex"])
def server(request: pytest.FixtureRequest) -> str:
    """Either kind of daemon."""
    return str(request.param)


# TLS


@pytest.mark.parametrize("mutual", [False, True], ids=["server only", "mutual"])
def test_a_pyro5_client_of_a_daemon_with_tls(
    server: str,
    mutual: bool,
    authority: Authority,
    server_certificate: Certificate,
    client_certificate: Certificate,
) -> None:
    settings = pyrox.Config(
        tls_ca=authority.file, tls_require_client_certificate=mutual, **keys(server_certificate)
    )
    config = pyrox.Config(server=server)
    with pyrox.Daemon("localhost:0", config=config, plugins=secured(settings)).start() as daemon:
        uri = daemon.register(Thing(), "thing")
        mine = ssl_client(authority, client_certificate if mutual else None)
        assert pyro5_client(uri, mine) == expected("client" if mutual else None)


def test_a_client_of_a_pyro5_daemon_with_ssl(
    server: str, authority: Authority, server_certificate: Certificate
) -> None:
    with pyro5_server(ssl_server(server_certificate, SERVERTYPE=server)) as uri:
        plugins = secured(pyrox.Config(tls_ca=authority.file))
        with pyrox.Proxy(uri, plugins=plugins, timeout=20.0) as proxy:
            check_calls(proxy)
        with pyrox.Proxy(
            uri.replace("PYRO:", "PYRO+TLS:"), config=pyrox.Config(tls_ca=authority.file)
        ) as proxy:
            check_calls(proxy)


def test_a_client_with_a_certificate_of_a_pyro5_daemon_that_wants_one(
    server: str,
    authority: Authority,
    server_certificate: Certificate,
    client_certificate: Certificate,
) -> None:
    wanting = ssl_server(
        server_certificate,
        SSL_REQUIRECLIENTCERT=True,
        SSL_CACERTS=authority.file,
        SERVERTYPE=server,
    )
    trusting = pyrox.Config(tls_ca=authority.file)
    with pyro5_server(wanting) as uri:
        config = trusting.replace(**keys(client_certificate, "client_"))
        with pyrox.Proxy(uri, plugins=secured(config), timeout=20.0) as proxy:
            check_calls(proxy, "client")
        with pytest.raises(pyrox.CommunicationError):
            pyrox.Proxy(uri, plugins=secured(trusting), timeout=20.0).echo(1)


def test_a_plain_pyro5_client_of_a_daemon_with_tls_can_read_why_it_fails(
    server_certificate: Certificate,
) -> None:
    config = pyrox.Config(**keys(server_certificate))
    with pyrox.Daemon("tls://localhost:0", config=config).start() as daemon:
        error = pyro5_client(f"PYRO:Pyro.Daemon@{daemon.location}")["error"]
        assert "this daemon uses TLS, and the client does not" in error
        assert "its setting SSL" in error


def test_a_plain_client_of_a_pyro5_daemon_with_ssl_is_told_what_that_is(
    server_certificate: Certificate,
) -> None:
    with pyro5_server(ssl_server(server_certificate)) as uri, pytest.raises(
        pyrox.ConnectError
    ) as info:  # fmt: skip
        pyrox.Proxy(uri, timeout=5.0).echo(1)
    assert "check" in str(info.value)


def test_a_pyro5_client_that_does_not_trust_the_daemon_is_told_so(
    authority: Authority, server_certificate: Certificate, tmp_path: Path
) -> None:
    config = pyrox.Config(**keys(server_certificate))
    with pyrox.Daemon("localhost:0", plugins=secured(config)).start() as daemon:
        stranger = Authority(tmp_path, "stranger")
        error = pyro5_client(daemon.uri_for("Pyro.Daemon"), ssl_client(stranger))["error"]
        assert "CERTIFICATE_VERIFY_FAILED" in error


# Unix sockets


def places(folder: Path) -> list[str]:
    found = [f"{folder}/socket", f"{folder}/with a space"]
    if sys.platform == "linux":
        found.append(f"\0pyrox-tests-{os.getpid()}")
    return found


@pytest.mark.parametrize("place", range(len(places(Path()))), ids=["file", "space", "abstract"])
def test_a_pyro5_client_of_a_daemon_on_a_unix_socket(
    server: str, tmp_path: Path, place: int
) -> None:
    path = places(tmp_path)[place]
    with pyrox.Daemon(f"unix:{path}", config=pyrox.Config(server=server)).start() as daemon:
        assert pyro5_client(daemon.register(Thing(), "thing")) == expected()


@pytest.mark.parametrize("place", range(len(places(Path()))), ids=["file", "space", "abstract"])
def test_a_client_of_a_pyro5_daemon_on_a_unix_socket(tmp_path: Path, place: int) -> None:
    with (
        pyro5_server({}, places(tmp_path)[place]) as uri,
        pyrox.Proxy(uri, timeout=20.0) as proxy,
    ):
        check_calls(proxy)
