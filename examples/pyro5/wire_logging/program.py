"""Wire logging: every message, in the log."""

import logging
import threading

from Pyro5.api import Daemon, Proxy, config, expose


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append((record.name, record.getMessage()))


@expose
class Echo:
    """Echoes."""

    def echo(self, value):
        return value


handler = Lines()
logger = logging.getLogger("Pyro5")
logger.setLevel(logging.DEBUG)
logger.addHandler(handler)
logging.getLogger("Pyro5.client").setLevel(logging.DEBUG)
config.LOGWIRE = True
with Daemon() as daemon, Proxy(daemon.register(Echo())) as echo:
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    echo.echo("look for me in the log")
    daemon.shutdown()
    thread.join()
print("logged:", any("look for me in the log" in line for _, line in handler.lines))
