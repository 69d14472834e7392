"""An almanac with a name: ``server.py``, while a name server runs (``pyrox ns``).

Shows ``daemon.publish``: the object gets a name, and nobody has to know its address any more. The
daemon keeps the name, also when the name server is restarted, and takes it along when it ends.
"""

import datetime

import pyrox


@pyrox.expose
class Almanac:
    """Knows the days."""

    def weekday(self, date: str) -> str:
        """Return the day of the week of a date such as 1969-07-20."""
        return datetime.date.fromisoformat(date).strftime("%A")


with pyrox.Daemon() as daemon:
    uri = daemon.publish(Almanac, "example.almanac")
    print(f"example.almanac is {uri}", flush=True)
    daemon.serve_forever()
