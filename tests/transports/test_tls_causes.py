"""Which certificate does not fit, and why: each side says the cause, and the cure for that one.

Who refuses a certificate knows exactly. The other side is told by an alert, of which one stands for
several causes: it names all of them, and no others.
"""

import asyncio
import datetime
import logging
import ssl
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

import pyrox
import pyrox.aio
from pyrox_tls import transport
from tests.behaviour.objects import await_log
from tests.certificates import Authority, Certificate
from tests.transports.conftest import Server, keys

HOUR = datetime.timedelta(hours=1)

Fails = Callable[[object, pyrox.Config], str]


class Case(NamedTuple):
    """A certificate, and what is said of it: by who refuses it, and by whose it is."""

    signed: dict[str, Any]
    refused: tuple[str, str]
    told: tuple[str, str]
    revoked: bool = False


OF_A_DAEMON = {
    "expired": Case(
        {"lasts": -HOUR},
        ("its certificate has expired", "have it renewed"),
        ("it has expired", "have it renewed"),
    ),
    "not valid yet": Case(
        {"begins": HOUR},
        ("its certificate is not valid yet", "check the clock"),
        ("it is for another host, or not valid yet", "check the clocks of both machines"),
    ),
    "a client's": Case(
        {"usage": ExtendedKeyUsageOID.CLIENT_AUTH},
        ("its certificate is not one for daemons", "as `pyrox cert server` makes them"),
        ("it is not one for daemons", "as `pyrox cert server` makes them"),
    ),
    "revoked": Case(
        {},
        ("its certificate was revoked", "have a new one made, with a new key"),
        ("it was revoked", "have a new one made, with a new key, and set tls_certificate"),
        revoked=True,
    ),
}
OF_A_CLIENT = {
    "expired": Case(
        {"lasts": -HOUR},
        ("the client's certificate has expired", "have it renewed"),
        ("it has expired", "have it renewed"),
    ),
    "not valid yet": Case(
        {"begins": HOUR},
        ("the client's certificate is not valid yet", "check the clock"),
        ("it is not valid yet, or damaged", "check the clocks of both machines"),
    ),
    "a daemon's": Case(
        {"usage": ExtendedKeyUsageOID.SERVER_AUTH},
        ("the client's certificate is not one for clients", "as `pyrox cert client` makes them"),
        ("it is not one for clients", "as `pyrox cert client` makes them"),
    ),
    "revoked": Case(
        {},
        ("the client's certificate was revoked", "have a new one made, with a new key"),
        ("it was revoked", "have a new one made, with a new key, and set tls_client_certificate"),
        revoked=True,
    ),
}


def blocking(uri: object, config: pyrox.Config) -> str:
    with pytest.raises(pyrox.ConnectError) as caught:
        pyrox.connect(str(uri), config=config)
    return str(caught.value)


def under_asyncio(uri: object, config: pyrox.Config) -> str:
    async def connect() -> None:
        async with pyrox.aio.Proxy(str(uri), config=config) as proxy:
            await proxy.echo(1)

    with pytest.raises(pyrox.ConnectError) as caught:
        asyncio.run(connect())
    return str(caught.value)


@pytest.fixture(params=[blocking, under_asyncio], ids=lambda client: client.__name__)
def failure(request: pytest.FixtureRequest) -> Fails:
    """Return the text of the error that a client of either kind gets."""
    found: Fails = request.param
    return found


def warned(caplog: pytest.LogCaptureFixture, *texts: str) -> None:
    """Wait for the daemon's warning, which says all of this."""
    for text in texts:
        await_log(caplog, text)
    [record] = [record for record in caplog.records if record.name == "pyrox.server"]
    assert record.levelno == logging.WARNING


def revocations(authority: Authority, case: Case, certificate: Certificate) -> dict[str, Any]:
    return {"tls_crl": authority.revoke(certificate)} if case.revoked else {}


@pytest.mark.parametrize("case", OF_A_DAEMON.values(), ids=list(OF_A_DAEMON))
def test_what_is_wrong_with_a_daemons_certificate(
    serve: Server,
    authority: Authority,
    trusting: pyrox.Config,
    failure: Fails,
    caplog: pytest.LogCaptureFixture,
    case: Case,
) -> None:
    certificate = authority.sign("bad", "localhost", **case.signed)
    daemon = serve("tls://localhost:0", **keys(certificate))
    settings = revocations(authority, case, certificate)
    text = failure(daemon.uri_for("thing"), trusting.replace(**settings))
    for part in case.refused:
        assert part in text
    assert "set tls_ca" not in text
    warned(caplog, "the client does not accept this daemon's certificate", *case.told)


@pytest.mark.parametrize("case", OF_A_CLIENT.values(), ids=list(OF_A_CLIENT))
def test_what_is_wrong_with_a_clients_certificate(
    serve: Server,
    authority: Authority,
    server_certificate: Certificate,
    trusting: pyrox.Config,
    failure: Fails,
    caplog: pytest.LogCaptureFixture,
    case: Case,
) -> None:
    certificate = authority.sign("bad", **case.signed)
    daemon = serve(
        "tls://localhost:0",
        tls_ca=authority.file,
        tls_require_client_certificate=True,
        **revocations(authority, case, certificate),
        **keys(server_certificate),
    )
    text = failure(daemon.uri_for("thing"), trusting.replace(**keys(certificate, "client_")))
    for part in ("the daemon does not accept this client's certificate", *case.told):
        assert part in text
    warned(caplog, *case.refused)
    assert "let tls_ca name" not in caplog.text


def test_an_outdated_list_of_revoked_certificates(
    secure: pyrox.Daemon,
    authority: Authority,
    trusting: pyrox.Config,
    failure: Fails,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = trusting.replace(tls_crl=authority.revoke(lasts=-HOUR))
    text = failure(secure.uri_for("thing"), settings)
    assert "the list of revoked certificates in tls_crl is not valid at this time" in text
    assert "put a new one" in text
    warned(caplog, "or the list of revoked ones there has", "check the client's clock, and its tls")


# Versions


@pytest.mark.parametrize("who", ["daemon", "client"])
def test_tls_1_3_may_be_insisted_on(
    serve: Server,
    server_certificate: Certificate,
    trusting: pyrox.Config,
    failure: Fails,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
) -> None:
    limit_to_tls_1_2(monkeypatch, "server" if who == "client" else "client")
    strict = {"tls_min_version": "1.3"}
    daemon = serve(
        "tls://localhost:0", **keys(server_certificate), **(strict if who == "daemon" else {})
    )
    config = trusting.replace(**strict) if who == "client" else trusting
    text = failure(daemon.uri_for("thing"), config)
    assert "have no version or cipher of TLS in common" in text
    assert "tls_min_version" in text
    warned(caplog, "have no version or cipher of TLS in common")


def test_tls_1_2_is_spoken_unless_1_3_is_insisted_on(
    serve: Server,
    server_certificate: Certificate,
    trusting: pyrox.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit_to_tls_1_2(monkeypatch, "client")
    daemon = serve("tls://localhost:0", **keys(server_certificate))
    with pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as proxy:
        assert proxy.echo(1) == 1
        assert proxy._pyro.peer is not None
        assert proxy._pyro.peer.stream.layer.tls.version() == "TLSv1.2"


def test_a_version_that_there_is_not_is_told() -> None:
    with pytest.raises(pyrox.ConfigError, match=r"tls_min_version must be 1\.2 or 1\.3, not '1'"):
        pyrox.Config(tls_min_version="1")


def test_the_environment_may_say_the_version() -> None:
    config = pyrox.Config.from_environ({"PYROX_TLS_MIN_VERSION": "1.3"})
    assert config.tls_min_version == "1.3"


def limit_to_tls_1_2(monkeypatch: pytest.MonkeyPatch, side: str) -> None:
    """Let one side know nothing newer, as old programs do."""
    make = getattr(transport, f"{side}_context")

    def limited(config: pyrox.Config) -> ssl.SSLContext:
        context: ssl.SSLContext = make(config)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    monkeypatch.setattr(transport, f"{side}_context", limited)
    transports = pyrox.installed_plugins().transports
    monkeypatch.setattr(transports["tls"], "_contexts", {})  # those made before
