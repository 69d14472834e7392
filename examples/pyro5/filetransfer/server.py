"""A file, by three ways: as a result, in pieces, and beside an answer."""

from Pyro5.api import Daemon, current_context, expose

DATA = bytes(range(256)) * 4000


@expose
class FileServer:
    """Has one file, of about a megabyte."""

    def size(self):
        return len(DATA)

    def whole(self):
        return DATA

    def pieces(self, size):
        for start in range(0, len(DATA), size):
            yield DATA[start : start + size]

    def beside(self):
        current_context.response_annotations = {"FDAT": DATA}
        return "the data is in the annotations"


with Daemon() as daemon:
    print(daemon.register(FileServer(), "example.files"), flush=True)
    daemon.requestLoop()
