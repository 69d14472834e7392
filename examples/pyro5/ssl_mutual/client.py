"""TLS: this client shows a certificate, looks at the server's, and is refused without one."""

import sys
from pathlib import Path

from Pyro5.api import Proxy, config
from Pyro5.errors import CommunicationError

CERTS = Path(__file__).parent / "certs"
config.SSL = True
config.SSL_CACERTS = str(CERTS / "ca.pem")
config.SSL_CLIENTCERT = str(CERTS / "client.pem")


class CertifiedProxy(Proxy):
    """Looks at the daemon's certificate."""

    def _pyroValidateHandshake(self, response):
        certificate = self._pyroConnection.getpeercert()
        subject = dict(field[0] for field in certificate["subject"])
        issuer = dict(field[0] for field in certificate["issuer"])
        print("server:", subject["commonName"], "by", issuer["commonName"])


with CertifiedProxy(sys.argv[1]) as safe:
    print(safe.echo("hello"))
    print(len(safe.echo("x" * 1_000_000)[1]))

try:
    Proxy(sys.argv[1].replace("localhost", "127.0.0.1"))._pyroBind()
except CommunicationError:
    print("the certificate is for another host")
config.SSL = False
try:
    with Proxy(sys.argv[1]) as plain:
        plain._pyroTimeout = 5
        plain.echo("hello")
except CommunicationError:
    print("refused without TLS")
