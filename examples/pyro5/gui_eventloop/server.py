"""A loop like that of a GUI: it has its own events, and looks after the daemon in between.

A real one would call ``serve()`` from a timer, or whenever the toolkit says that one of the
sockets can be read (tkinter: ``createfilehandler``, Qt: ``QSocketNotifier``).
"""

import select
from collections import deque

from Pyro5.api import Daemon, config, expose

config.SERVERTYPE = "multiplex"


@expose
class Window:
    """What would be drawn; remote calls become events of the GUI."""

    def __init__(self):
        self.events, self.lines = deque(), []

    def message(self, text):
        self.events.append(text)

    def shown(self):
        return self.lines

    def draw(self):
        while self.events:
            self.lines.append(self.events.popleft().upper())


def serve(daemon):
    while True:
        ready, _, _ = select.select(daemon.sockets, [], [], 0)
        if not ready:
            return
        daemon.events(ready)


with Daemon() as daemon:
    window = Window()
    print(daemon.register(window, "example.window"), flush=True)
    try:
        while True:
            select.select(daemon.sockets, [], [], 0.02)  # the time until the next timer event
            serve(daemon)
            window.draw()
    except KeyboardInterrupt:
        pass
