"""Exceptions: a method's error reaches the caller, and a handler in the daemon."""

from Pyro5.api import Daemon, config, expose

config.DETAILED_TRACEBACK = True


class Unknown(Exception):
    """A class that clients do not know."""


@expose
class Failing:
    """Fails in different ways."""

    def __init__(self):
        self.handled = []

    def divide(self, a, b):
        quotient_of = f"{a} by {b}"
        return a / b if quotient_of else None

    def with_attributes(self):
        error = LookupError("not there", 404)
        error.where = "in the cellar"
        raise error

    def unknown(self):
        raise Unknown("its text")

    def what_was_handled(self):
        return self.handled


failing = Failing()


def handler(daemon, client, method, vargs, kwargs, error):
    failing.handled.append([method.__name__, list(vargs), type(error).__name__])


with Daemon() as daemon:
    daemon.methodcall_error_handler = handler
    print(daemon.register(failing, "example.failing"), flush=True)
    daemon.requestLoop()
