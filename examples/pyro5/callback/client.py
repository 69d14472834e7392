"""Callbacks: this client has a daemon of its own, for the object that is called back."""

import sys
import threading

from Pyro5.api import Daemon, Proxy, callback, expose


@expose
class Listener:
    """Notes what it is told."""

    def __init__(self):
        self.heard = []
        self.finished = threading.Event()

    def progress(self, step, steps):
        self.heard.append(f"{step}/{steps}")

    def done(self, text):
        self.heard.append(text)
        self.finished.set()

    @callback
    def fail(self):
        return 1 // 0


with Daemon() as daemon, Proxy(sys.argv[1]) as worker:
    listener = Listener()
    daemon.register(listener)
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    print(worker.work(3, listener), listener.heard)
    listener.heard.clear()
    worker.work_alone(2, listener)
    listener.finished.wait(10)
    print(listener.heard)
    print(worker.provoke(listener))
    worker.keep(listener)
    listener.finished.clear()
    print("told:", worker.tell_kept("news"))
    listener.finished.wait(10)
    print(listener.heard[-1])
    daemon.shutdown()
    thread.join()
