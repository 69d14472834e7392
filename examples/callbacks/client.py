"""Listen to a counter: ``client.py URI``.

Shows a client with a daemon of its own, for the calls that come back: an object that is
registered there can be passed to others.
"""

import sys

import pyrox


@pyrox.expose
class Listener:
    """Prints what it is told."""

    def counted(self, value: int) -> None:
        """Take note of a value."""
        print(f"told: {value}", flush=True)


with pyrox.Daemon().start() as daemon, pyrox.Proxy(sys.argv[1]) as counter:
    listener = Listener()
    daemon.register(listener)
    counter.listen(listener)
    print(f"returned: {counter.count()}")
    print(f"returned: {counter.count()}")
