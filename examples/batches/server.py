"""A turtle for each client: it walks, and turns, in many small steps.

Shows an object whose methods are short, so that most of the time is spent on the way there and
back. Nothing here knows of batches: every object can be called so.
"""

import pyrox


@pyrox.expose
class Turtle:
    """Walks on a grid that ends in the south and in the west."""

    def __init__(self) -> None:
        self._place = (0, 0)
        self._direction = (0, 1)

    def forward(self, steps: int) -> tuple[int, int]:
        """Walk so many steps; return where it is then."""
        (x, y), (dx, dy) = self._place, self._direction
        x, y = x + steps * dx, y + steps * dy
        if x < 0 or y < 0:
            raise ValueError(f"({x}, {y}) is beyond the edge of the world")
        self._place = (x, y)
        return self._place

    def right(self) -> None:
        """Turn to the right."""
        dx, dy = self._direction
        self._direction = (dy, -dx)


with pyrox.Daemon() as daemon:
    print(daemon.register(Turtle, "turtle"), flush=True)
    daemon.serve_forever()
