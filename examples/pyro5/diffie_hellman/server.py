"""Diffie and Hellman: two sides agree on a key that never travels."""

from Pyro5.api import Daemon, behavior, expose

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    16,
)
GENERATOR = 2


@behavior(instance_mode="session")
class KeyExchange:
    """One side of the agreement, for one client."""

    def __init__(self):
        self.private = 0x5EC2E7
        self.shared = None

    @expose
    def parameters(self):
        return GENERATOR, PRIME

    @expose
    def exchange(self, other_public):
        self.shared = pow(other_public, self.private, PRIME)
        return pow(GENERATOR, self.private, PRIME)

    @expose
    def scramble(self, numbers):
        key = self.shared.to_bytes(48, "big")
        return [number ^ key[index % len(key)] for index, number in enumerate(numbers)]


with Daemon() as daemon:
    print(daemon.register(KeyExchange, "example.dh"), flush=True)
    daemon.requestLoop()
