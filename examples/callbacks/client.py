"""Listen to a counter: ``client.py URI``. The client has a daemon too, for the calls back."""

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
