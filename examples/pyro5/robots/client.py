"""A game: two players, who are called when it is their turn."""

import sys
import threading

from Pyro5.api import Daemon, Proxy, expose


@expose
class Chaser:
    """Goes where the nearest other one is."""

    def move(self, own, others):
        x, y = min(others, key=lambda other: abs(other[0] - own[0]) + abs(other[1] - own[1]))
        if x != own[0]:
            return (1 if x > own[0] else -1), 0
        return 0, (1 if y > own[1] else -1)


@expose
class Coward:
    """Stays in its corner."""

    def move(self, own, others):
        return 1, -1


with Daemon() as daemon, Proxy(sys.argv[1]) as game:
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    for name, player in (("R2", Chaser()), ("C3", Coward())):
        daemon.register(player)
        print(name, "joins a field of size", game.join(name, player))
    for line in game.play(6):
        print(line)
    daemon.shutdown()
    thread.join()
