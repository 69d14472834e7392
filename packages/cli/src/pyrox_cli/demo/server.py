"""A server: its object is found under the name ``example.greeter``."""

import time
from collections.abc import Iterator

import pyrox


@pyrox.expose
class Greeter:
    """Greets people, and counts down for them."""

    def greet(self, name: str) -> str:
        """Return a greeting for ``name``."""
        if not name:
            raise ValueError("a greeting needs a name")
        print(f"greeting {name}")
        return f"Hello, {name}."

    def count_down(self, start: int) -> Iterator[int]:
        """Stream the numbers from ``start`` down to 1, one by one."""
        for number in range(start, 0, -1):
            time.sleep(0.3)
            yield number

    def add(self, a: int, b: int) -> int:
        """Return the sum of ``a`` and ``b``."""
        return a + b


if __name__ == "__main__":
    with pyrox.Daemon() as daemon:
        uri = daemon.register(Greeter, "greeter")
        pyrox.locate_ns().register("example.greeter", uri)
        print(f"ready: {uri}")
        daemon.serve_forever()
