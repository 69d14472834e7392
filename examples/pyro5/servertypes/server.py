"""The two kinds of servers: with threads, and multiplexing."""

import threading

from Pyro5.api import Daemon, config, expose


@expose
class Meeting:
    """Two callers can meet here, if both calls run at the same time."""

    def __init__(self):
        self.barrier = threading.Barrier(2)

    def meet(self, patience):
        try:
            self.barrier.wait(patience)
            return "met"
        except threading.BrokenBarrierError:
            self.barrier.reset()
            return "alone"

    def other(self):
        return self.other_uri


daemons = {}
for kind in ("multiplex", "thread"):
    config.SERVERTYPE = kind
    daemons[kind] = Daemon()
meeting = Meeting()
meeting.other_uri = str(daemons["multiplex"].register(Meeting(), "example.meeting"))
print(daemons["thread"].register(meeting, "example.meeting"), flush=True)
threading.Thread(target=daemons["multiplex"].requestLoop, daemon=True).start()
daemons["thread"].requestLoop()
