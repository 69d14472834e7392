"""The printers of a house, with tags: ``server.py``, while a name server runs (``pyrox ns``).

Shows ``metadata``: tags that say what an object is. Clients find a printer by what it can do, and
need neither its address nor its name.
"""

import pyrox


@pyrox.expose
class Printer:
    """Prints, somewhere in the house."""

    def __init__(self, room: str) -> None:
        self._room = room

    def print(self, text: str) -> str:
        """Print a text; return where it lies."""
        return f"{text} lies in the {self._room}"


with pyrox.Daemon() as daemon:
    daemon.publish(Printer("hall"), "example.printer.1", metadata=["printer", "fast"])
    daemon.publish(Printer("attic"), "example.printer.2", metadata=["printer", "color"])
    daemon.publish(Printer("cellar"), "example.printer.3", metadata=["printer", "large"])
    print("three printers are ready", flush=True)
    daemon.serve_forever()
