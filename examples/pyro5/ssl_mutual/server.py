"""TLS, with a certificate on each side."""

from pathlib import Path

from Pyro5.api import Daemon, config, current_context, expose

CERTS = Path(__file__).parent / "certs"
config.SSL = True
config.SSL_REQUIRECLIENTCERT = True
config.SSL_SERVERCERT = str(CERTS / "server.pem")
config.SSL_CACERTS = str(CERTS / "ca.pem")


def common_name(certificate):
    return dict(field[0] for field in certificate["subject"])["commonName"]


class CertifiedDaemon(Daemon):
    """Lets in the one client that it knows."""

    def validateHandshake(self, conn, data):
        certificate = conn.getpeercert()
        if common_name(certificate) != "example client":
            raise ValueError("not the client that was expected")
        if certificate["subjectAltName"] != (("DNS", "client.example"),):
            raise ValueError("not the host that was expected")
        return super().validateHandshake(conn, data)


class Safe:
    """Knows who calls."""

    @expose
    def echo(self, value):
        return common_name(current_context.client.getpeercert()), value


with CertifiedDaemon() as daemon:
    print(daemon.register(Safe(), "example.ssl"), flush=True)
    daemon.requestLoop()
