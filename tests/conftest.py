"""What holds for all tests."""

import signal
from typing import TYPE_CHECKING

import pytest

import pyrox

if TYPE_CHECKING:
    from tests.certificates import Authority, Certificate

pytest_plugins = ["tests.shares"]

# A program that runs us in the background, or by nohup, may have made these signals ignored. Child
# processes inherit that, and could not be asked to stop any more.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _name in ("SIGTERM", "SIGHUP"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> "Authority":
    """A CA of our own."""
    # Not above: only few tests need it, and it takes long to import.
    from tests.certificates import Authority

    return Authority(tmp_path_factory.mktemp("certificates"), "authority")


@pytest.fixture(scope="session")
def server_certificate(authority: "Authority") -> "Certificate":
    """A daemon's certificate for localhost."""
    return authority.sign("server", "localhost")


@pytest.fixture(scope="session")
def client_certificate(authority: "Authority") -> "Certificate":
    """A client's certificate."""
    return authority.sign("client")


@pytest.fixture
def certified(
    authority: "Authority", server_certificate: "Certificate", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every daemon on ``tls://localhost`` has a certificate, and every proxy trusts it."""
    from pyrox_tls import TlsTransport

    settings = pyrox.Config(
        tls_certificate=server_certificate.certificate,
        tls_key=server_certificate.key,
        tls_ca=authority.file,
    )
    transports = pyrox.installed_plugins().transports
    monkeypatch.setitem(transports, "tls", TlsTransport(settings))
