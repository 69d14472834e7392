"""The call context: who calls, and what travels beside the arguments."""

from Pyro5.api import Daemon, current_context, expose


@expose
class Echo:
    """Tells what it knows about its caller."""

    def context(self):
        return {
            "from this machine": current_context.client_sock_addr[0] == "127.0.0.1",
            "family": current_context.client.family(),
            "request number": current_context.seq,
            "serializer": current_context.serializer_id,
            "correlation": str(current_context.correlation_id),
            "annotations": {
                key: bytes(value).decode() for key, value in current_context.annotations.items()
            },
        }

    def answer_with(self, text):
        current_context.response_annotations = {"TEXT": text.encode()}


class AnnotatingDaemon(Daemon):
    """Adds something to every answer."""

    def annotations(self):
        return {"DDAA": b"the daemon's own"}


with AnnotatingDaemon() as daemon:
    print(daemon.register(Echo(), "example.context"), flush=True)
    daemon.requestLoop()
