"""``pyrox doctor`` and TLS: what keeps a client out, and what helps."""

import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import pyrox
from tests.certificates import Authority, Certificate
from tests.cli.conftest import Runner

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve by TLS with a certificate and settings; return the location."""
    with ExitStack() as cleanup:

        def serve(certificate: Certificate, **settings: Any) -> str:
            config = pyrox.Config(
                tls_certificate=certificate.certificate, tls_key=certificate.key, **settings
            )
            daemon = cleanup.enter_context(pyrox.Daemon("tls://localhost:0", config=config))
            return daemon.start().location

        yield serve


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command trust our authority."""
    config = pyrox.Config(tls_ca=authority.file)
    monkeypatch.setattr("pyrox.values.config._current", config)


def diagnosis(cli: Runner, uri: str) -> tuple[str, str, str]:
    """Return the step that failed, what it found, and the cure."""
    result = cli("doctor", uri, "--json")
    assert result.code == 1
    failed = json.loads(result.out.splitlines()[-1])
    assert not failed["ok"]
    return failed["step"], failed["detail"], failed["cure"]


def test_a_uri_without_tls_of_a_daemon_with_it(
    cli: Runner, serve: Serve, server_certificate: Certificate
) -> None:
    location = serve(server_certificate)
    assert diagnosis(cli, f"PYRO:Pyro.Daemon@{location}") == (
        "protocol",
        "the daemon uses TLS",
        f"use PYRO+TLS:Pyro.Daemon@{location}",
    )


@pytest.mark.usefixtures("trusting")
def test_a_certificate_that_is_not_trusted_has_a_cure_of_its_own(
    cli: Runner, serve: Serve, authority: Authority
) -> None:
    old = authority.sign("old", "localhost", lasts=-datetime.timedelta(hours=1))
    step, detail, cure = diagnosis(cli, f"PYRO+TLS:Pyro.Daemon@{serve(old)}")
    assert step == "transport"
    assert "its certificate has expired" in detail
    assert cure.startswith("have it renewed")


@pytest.mark.usefixtures("trusting")
def test_a_daemon_that_accepts_no_such_client(
    cli: Runner, serve: Serve, server_certificate: Certificate, authority: Authority
) -> None:
    location = serve(server_certificate, tls_ca=authority.file, tls_require_client_certificate=True)
    step, detail, cure = diagnosis(cli, f"PYRO+TLS:Pyro.Daemon@{location}")
    assert step == "protocol"
    assert "lets nobody in without a client certificate" in detail
    assert cure == "set tls_client_certificate and tls_client_key"
