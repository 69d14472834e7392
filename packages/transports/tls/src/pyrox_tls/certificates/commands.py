"""The commands ``pyrox cert ...``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyrox import Table

from .authority import Authority, create_authority, shown
from .invitations import Invitation, join
from .issued import Issued
from .keys import new_password

__all__ = [
    "init",
    "invite",
    "join_authority",
    "make_client_certificate",
    "make_server_certificate",
    "renew",
    "revoke",
    "show",
]


def init(folder: str, name: str, encrypt: bool = False) -> Table:
    """Make a private certificate authority."""
    made = create_authority(Path(folder), name, new_password() if encrypt else "")
    return _made(
        made,
        f"{made.key_file} signs certificates: keep it where nobody else can read it.\n"
        f"Next: pyrox cert server HOST..., and pyrox cert client NAME",
    )


def make_server_certificate(
    folder: str, hosts: tuple[str, ...], days: int, name: str = ""
) -> Table:
    """Make a certificate for a daemon."""
    authority = Authority(Path(folder))
    made = authority.sign_server(hosts, days, name)
    return _made(
        made,
        "Settings of the daemon, in its pyrox.toml:\n"
        + _settings(tls_certificate=made.file, tls_key=made.key_file)
        + "and to let only clients in that have a certificate of this authority:\n"
        + _settings(tls_ca=authority.file, tls_require_client_certificate=True),
    )


def make_client_certificate(folder: str, name: str, days: int) -> Table:
    """Make a certificate for a client."""
    authority = Authority(Path(folder))
    return _made_for_client(authority.sign_client(name, days), authority.file)


def show(folder: str, file: str | None) -> Table:
    """Show what certificates say."""
    found = [shown(Path(file))] if file else list(Authority(Path(folder)).issued())
    return Table(
        ("file", "for", "kind", "hosts", "valid until", "state", "SHA-256"),
        [
            (
                str(each.file),
                each.name,
                each.kind,
                " ".join(each.hosts),
                f"{each.valid_until:%Y-%m-%d}",
                each.state,
                each.fingerprint,
            )
            for each in found
        ],
        data=[_told(each) for each in found],
    )


def renew(folder: str, name: str, days: int | None) -> Table:
    """Sign a certificate anew."""
    made, old = Authority(Path(folder)).renew(name, days)
    return _made(
        made, f"The old one is {old} now. Daemons and proxies take up the new one at once."
    )


def revoke(folder: str, name: str) -> Table:
    """Revoke a certificate."""
    revoked, crl = Authority(Path(folder)).revoke(name)
    return Table(
        ("revoked", "list"),
        [(str(revoked.file), str(crl))],
        note="Settings of all that should refuse it:\n"
        + _settings(tls_crl=crl)
        + "Who reads that list already refuses it from the next connection on.",
        data={**_told(revoked), "crl": str(crl)},
    )


def invite(folder: str, name: str, host: str, port: int, minutes: int, days: int) -> Iterator[str]:
    """Wait for a new client, and sign its certificate."""
    with Invitation(Authority(Path(folder)), name, days, f"{host}:{port}") as invitation:
        yield f"pyrox cert join '{invitation.text}'"
        made = invitation.wait(minutes * 60.0)
    yield f"{made.name} has its certificate, which is valid until {made.valid_until:%Y-%m-%d}"


def join_authority(folder: str, invitation: str) -> Table:
    """Take an invitation up."""
    return _made_for_client(*join(invitation, Path(folder)))


def _made_for_client(made: Issued, authority: Path) -> Table:
    return _made(
        made,
        "Settings of the client, in its pyrox.toml:\n"
        + _settings(
            tls_ca=authority, tls_client_certificate=made.file, tls_client_key=made.key_file
        ),
    )


def _made(made: Issued, note: str) -> Table:
    rows = [
        ("certificate", str(made.file)),
        ("key", str(made.key_file)),
        ("valid until", f"{made.valid_until:%Y-%m-%d}"),
    ]
    return Table(("what", "where"), rows, note=note, data=_told(made))


def _told(issued: Issued) -> dict[str, Any]:
    return {
        "certificate": str(issued.file),
        "key": str(issued.key_file) if issued.key_file.exists() else None,
        "name": issued.name,
        "issuer": issued.issuer,
        "kind": issued.kind,
        "hosts": issued.hosts,
        "valid_until": issued.valid_until.isoformat(),
        "state": issued.state,
        "sha256": issued.fingerprint,
    }


def _settings(**settings: Any) -> str:
    """Return lines for a pyrox.toml."""
    return "".join(
        f"  {name} = {'true' if value is True else chr(34) + str(value) + chr(34)}\n"
        for name, value in settings.items()
    )
