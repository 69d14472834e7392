"""Every transport of pyrox passes the suite that is published for transports."""

import os
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pyrox
from pyrox_memory import MemoryTransport
from pyrox_tcp import TcpTransport
from pyrox_testkit import TransportSuite

if TYPE_CHECKING:
    from tests.certificates import Authority, Certificate

unix_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="no unix sockets here")


class TestTcp(TransportSuite):
    crowd = 2000

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        return TcpTransport()


@unix_only
class TestUnix(TransportSuite):
    crowd = 2000

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.files = tmp_path / "socket"

    def location(self) -> str:
        self.files = self.files.with_name(uuid.uuid4().hex[:8])
        return str(self.files)

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        from pyrox_unix import UnixTransport

        return UnixTransport()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has abstract sockets")
class TestAbstract(TestUnix):
    crowd = 300

    def location(self) -> str:
        return f"@pyrox-testkit-{uuid.uuid4().hex}"


class TestMemory(TransportSuite):
    crowd = 2000

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        return MemoryTransport()


class TestTls(TransportSuite):
    crowd = 400

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        from pyrox_tls import TlsTransport

        return TlsTransport()

    @pytest.fixture
    def config(self, authority: "Authority", server_certificate: "Certificate") -> pyrox.Config:
        return pyrox.Config(
            tls_certificate=server_certificate.certificate,
            tls_key=server_certificate.key,
            tls_ca=authority.file,
        )
