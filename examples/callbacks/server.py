"""A counter that tells those who listen.

Shows an object of the client's that arrives here as a proxy, is kept, and called later on: the
server is a client, too.
"""

from typing import Any

import pyrox


@pyrox.expose
@pyrox.behavior(instance_mode="single")
class Counter:
    """Counts, and calls its listeners."""

    def __init__(self) -> None:
        self._value = 0
        self._listeners: list[Any] = []

    def listen(self, listener: Any) -> None:
        """Call ``listener.counted(value)`` from now on; it arrives as a proxy."""
        self._listeners.append(listener)

    def count(self) -> int:
        """Count one further."""
        self._value += 1
        for listener in self._listeners:
            listener.counted(self._value)
        return self._value


with pyrox.Daemon() as daemon:
    print(daemon.register(Counter, "counter"), flush=True)
    daemon.serve_forever()
