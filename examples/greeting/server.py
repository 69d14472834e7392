"""A greeter that others can call.

Shows the least there is: a class whose methods may be called, a daemon that serves it on a free
port, and the URI that leads there.
"""

import pyrox


@pyrox.expose
class Greeter:
    """Greets people by their names."""

    def greet(self, name: str) -> str:
        """Return a greeting."""
        if not name:
            raise ValueError("a greeting needs a name")
        return f"Hello, {name}."


with pyrox.Daemon() as daemon:
    print(daemon.register(Greeter, "greeter"), flush=True)
    daemon.serve_forever()
