"""Disconnects: a proxy that makes sure of its connection before each call."""

import sys
import time

from Pyro5.api import Proxy
from Pyro5.errors import CommunicationError


class AutoReconnectingProxy(Proxy):
    """Pings before each call, and connects again where nothing comes back."""

    def _pyroInvoke(self, *args, **kwargs):
        if self._pyroConnection is not None:
            try:
                super()._pyroInvoke("ping", (), {}, objectId="Pyro.Daemon")
            except CommunicationError:
                self._pyroReconnect(tries=5)
        return super()._pyroInvoke(*args, **kwargs)


with AutoReconnectingProxy(sys.argv[1]) as service:
    for number in range(3):
        print("answer", service.echo(number))
        time.sleep(0.5)
