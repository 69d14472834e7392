"""How a new client gets its certificate: with an invitation that is good for one.

An invitation is ``join:SECRET@host:port#sha256=FINGERPRINT``. At that place the authority waits,
as a daemon by TLS with a certificate of its own making, which the fingerprint tells. The client
proves that it knows the secret (see pyrox.Token), and sends a request for a certificate, for a key
that never leaves it. The secret does not travel, and nobody else can take the authority's place.
"""

from __future__ import annotations

import secrets
import threading
from pathlib import Path

from pyrox import Config, Daemon, Proxy, SecurityError, UsageError, current_config, expose

from .authority import Authority, files_for, new_request
from .files import PRIVATE, PUBLIC, make_folder, write_new
from .issued import Issued, read_certificate

__all__ = ["Invitation", "join"]

_OBJECT_ID = "join"
_LONGEST_REQUEST = 10_000
_TIMEOUT = 30.0


class Invitation:
    """Waits for one client, and signs its certificate. A context manager: it listens in there."""

    def __init__(self, authority: Authority, name: str, days: int, location: str) -> None:
        authority.check_name(name)
        self._authority, self._name, self._days = authority, name, days
        self._signing = threading.Lock()
        self._joined = threading.Event()
        self.issued: Issued | None = None
        secret = secrets.token_urlsafe(24)
        self._daemon = Daemon(
            f"tls://{location}", config=_settings(tokens=(f"{_OBJECT_ID}:{secret}",), pinned=True)
        )
        where = self._daemon.register(self, _OBJECT_ID).location
        self.text = f"{_OBJECT_ID}:{secret}@{where}"

    def __enter__(self) -> Invitation:
        self._daemon.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._daemon.shutdown()

    @expose
    def offer(self) -> dict[str, str]:
        """Return the name that the certificate will have, and that of the authority."""
        return {"name": self._name, "authority": self._authority.file.read_text("ascii")}

    @expose
    def sign(self, request: str) -> str:
        """Return the certificate that a client asks for."""
        if len(request) > _LONGEST_REQUEST:
            raise UsageError("this is no request for a certificate: it is too long")
        with self._signing:
            if self.issued is not None:
                raise SecurityError("this invitation was taken up by somebody else")
            self.issued = self._authority.sign_request(self._name, request.encode(), self._days)
        self._joined.set()
        return self.issued.file.read_text("ascii")

    def wait(self, timeout: float) -> Issued:
        """Return the certificate that was signed; UsageError where nobody came in time."""
        self._joined.wait(timeout)
        with self._signing:
            if self.issued is None:
                raise UsageError("nobody took the invitation up in time; it is void now")
            return self.issued


def join(text: str, folder: Path) -> tuple[Issued, Path]:
    """Take an invitation up: return the new certificate, and where the authority's is.

    UsageError where the text is no invitation, or files would be overwritten.
    """
    token, at, location = text.strip().rpartition("@")
    if not at or not token.startswith(f"{_OBJECT_ID}:") or "#" not in location:
        raise UsageError(
            "an invitation looks like join:SECRET@host:port#sha256=FINGERPRINT; "
            "`pyrox cert invite` prints it"
        )
    config = _settings(token=token)
    with Proxy(f"PYRO+TLS:{_OBJECT_ID}@{location}", config=config) as invitation:
        offer: dict[str, str] = invitation.offer()
        file, key_file = files_for(folder, offer["name"])
        authority = _check_folder(folder, file, key_file, offer["authority"])
        key, request = new_request()
        made: str = invitation.sign(request.decode("ascii"))
    files = [(key_file, key, PRIVATE), (file, made.encode("ascii"), PUBLIC)]
    if not authority.exists():
        files.append((authority, offer["authority"].encode("ascii"), PUBLIC))
    write_new(*files)
    return Issued(file, read_certificate(file)), authority


def _check_folder(folder: Path, file: Path, key_file: Path, offered: str) -> Path:
    """See, before the invitation is used up, that there is room for what it gives."""
    make_folder(folder)
    for path in (file, key_file):
        if path.exists():
            raise UsageError(f"{path} is there already; name another folder with --folder")
    authority = folder / "ca.pem"
    if authority.exists() and authority.read_text("ascii") != offered:
        raise UsageError(f"{authority} is another authority's; name another folder with --folder")
    return authority


def _settings(*, token: str = "", tokens: tuple[str, ...] = (), pinned: bool = False) -> Config:
    """Return settings in which nothing but the invitation counts."""
    return current_config().replace(
        token=token,
        tokens=tokens,
        require_auth=bool(tokens),
        policy="",
        serializer="auto",
        nat_location="",
        timeout=_TIMEOUT,
        tls_certificate="",
        tls_key="",
        tls_ca="",
        tls_crl="",
        tls_require_client_certificate=False,
        tls_client_certificate="",
        tls_client_key="",
        tls_pin=pinned,
    )
