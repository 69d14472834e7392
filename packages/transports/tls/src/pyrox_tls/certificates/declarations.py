"""The commands ``pyrox cert ...``, as the ``pyrox`` program is told about them."""

from __future__ import annotations

from pyrox import Argument, Command, Option

__all__ = ["COMMANDS"]

_AT = "pyrox_tls.certificates.commands:"
_FOLDER = Option(
    "folder", "where the authority and its certificates are", default="certs", short="f"
)
_DAYS = Option("days", "how long it is valid", int, default=397)

COMMANDS = (
    Command(
        "cert",
        "",
        """Make certificates for daemons and clients, signed by an authority of your own.

        Three commands make all that a daemon and a client need to know each other.""",
        (),
        ("pyrox cert init", "pyrox cert server localhost", "pyrox cert client control-room"),
    ),
    Command(
        "cert init",
        f"{_AT}init",
        """Make a private certificate authority (CA).

        It signs certificates for your daemons and clients: whoever trusts its certificate trusts
        them. No file is ever overwritten.""",
        (
            _FOLDER,
            Option("name", "what the authority is called", default="pyrox CA"),
            Option("encrypt", "encrypt its key with a password, which is asked for", bool),
        ),
        ("pyrox cert init", "pyrox cert init --encrypt"),
    ),
    Command(
        "cert server",
        f"{_AT}make_server_certificate",
        """Make a certificate for a daemon.

        It is for the hosts by which clients reach the daemon: names, addresses, or both.""",
        (
            Argument("hosts", "host names and addresses", many=True),
            Option("name", "what it is called; else as the first host", default=""),
            _DAYS,
            _FOLDER,
        ),
        ("pyrox cert server localhost", "pyrox cert server lab1.example 10.0.0.5 --name lab1"),
    ),
    Command(
        "cert client",
        f"{_AT}make_client_certificate",
        "Make a certificate that says who a client is.",
        (Argument("name", "who the client is"), _DAYS, _FOLDER),
        ("pyrox cert client control-room",),
    ),
    Command(
        "cert invite",
        f"{_AT}invite",
        """Let a client on another machine have its certificate.

        Prints the command to type there, and waits until that was done. An invitation is good for
        one client, and for as long as this command runs. The client's key stays with it.""",
        (
            Argument("name", "who the client is"),
            Option("host", "address to wait at", default="0.0.0.0"),
            Option("port", "port to wait at; 0 takes any that is free", int, 0, short="p"),
            Option("minutes", "how long to wait", int, 10),
            _DAYS,
            _FOLDER,
        ),
        ("pyrox cert invite control-room", "pyrox cert invite robot-7 --host 10.0.0.5 --port 9100"),
    ),
    Command(
        "cert join",
        f"{_AT}join_authority",
        """Take an invitation up: get a certificate from an authority on another machine.""",
        (Argument("invitation", "what `pyrox cert invite` printed there"), _FOLDER),
        ("pyrox cert join 'join:...@10.0.0.5:9100#sha256=...'",),
    ),
    Command(
        "cert show",
        f"{_AT}show",
        "Show what certificates say, and whether they can be used.",
        (Argument("file", "a PEM file; else all of the authority", required=False), _FOLDER),
        ("pyrox cert show", "pyrox cert show certs/localhost.pem --json"),
    ),
    Command(
        "cert renew",
        f"{_AT}renew",
        """Sign a certificate anew, for the same key and names.

        Daemons and proxies that use the file take it up with their next connection. The old one is
        kept beside it.""",
        (
            Argument("name", "of the certificate, or its file"),
            Option("days", "how long it is valid; else as long as before", int),
            _FOLDER,
        ),
        ("pyrox cert renew localhost",),
    ),
    Command(
        "cert revoke",
        f"{_AT}revoke",
        """Declare a certificate void, since its key got into wrong hands, say.

        It goes on the list crl.pem of the authority, which daemons and proxies read where the
        setting tls_crl names it.""",
        (Argument("name", "of the certificate, or its file"), _FOLDER),
        ("pyrox cert revoke control-room",),
    ),
)
