"""A game: robots that their players steer from afar, in turns."""

from Pyro5.api import Daemon, behavior, expose

SIZE = 6


class Robot:
    """One robot on the field."""

    def __init__(self, name, x, y):
        self.name, self.x, self.y, self.damage = name, x, y, 0


@expose
@behavior(instance_mode="single")
class Game:
    """The field, and whose turn it is."""

    def __init__(self):
        self.robots, self.players, self.log = [], {}, []

    def join(self, name, player):
        place = len(self.robots)
        self.robots.append(Robot(name, 0 if place == 0 else SIZE - 1, place))
        self.players[name] = player
        return SIZE

    def play(self, turns):
        for turn in range(turns):
            for robot in self.robots:
                player = self.players[robot.name]
                player._pyroClaimOwnership()
                others = [[r.x, r.y] for r in self.robots if r is not robot]
                dx, dy = player.move([robot.x, robot.y], others)
                self.move(turn, robot, dx, dy)
        return self.log

    def move(self, turn, robot, dx, dy):
        x = min(max(robot.x + dx, 0), SIZE - 1)
        y = min(max(robot.y + dy, 0), SIZE - 1)
        hit = next((r for r in self.robots if r is not robot and (r.x, r.y) == (x, y)), None)
        if hit:
            hit.damage += 1
            self.log.append(f"{turn}: {robot.name} hits {hit.name} ({hit.damage})")
        else:
            robot.x, robot.y = x, y
            self.log.append(f"{turn}: {robot.name} is at {x},{y}")


with Daemon() as daemon:
    print(daemon.register(Game, "example.robots"), flush=True)
    daemon.requestLoop()
