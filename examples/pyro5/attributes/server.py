"""Attributes: properties can be read and written through a proxy, if they are exposed."""

from Pyro5.api import Daemon, expose


class Thermostat:
    """A device with a setting, a reading, and a secret."""

    def __init__(self):
        self._target = 20.0
        self.plain = "no property"

    @expose
    @property
    def target(self):
        return self._target

    @target.setter
    def target(self, degrees):
        if not 5 <= degrees <= 30:
            raise ValueError(f"{degrees} degrees are out of range")
        self._target = degrees

    @expose
    @property
    def heating(self):
        return self._target > 21

    @property
    def password(self):
        return "secret"


with Daemon() as daemon:
    print(daemon.register(Thermostat(), "example.attributes"), flush=True)
    daemon.requestLoop()
