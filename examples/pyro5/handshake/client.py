"""Handshakes: the client looks at the daemon's answer, too."""

import sys
import time

from Pyro5.api import Proxy
from Pyro5.errors import CommunicationError


class CarefulProxy(Proxy):
    """Prints the daemon's answer."""

    def _pyroValidateHandshake(self, response):
        print("the daemon says", response)


for data in ("hello", {"word": "pepper"}):
    proxy = Proxy(sys.argv[1])
    proxy._pyroHandshake = data
    try:
        proxy._pyroBind()
    except CommunicationError as error:
        print("refused:", str(error).rpartition("rejected: ")[2])

for user in ("Ada", "Bob"):
    with CarefulProxy(sys.argv[1]) as service:
        service._pyroHandshake = {"word": "sesame", "user": user}
        print("visitors:", service.visitors())

with CarefulProxy(sys.argv[1]) as service:
    service._pyroHandshake = {"word": "sesame", "user": "Eve"}
    while service.gone() < 2:
        time.sleep(0.01)
    print("gone:", service.gone())
