"""What every transport has to do, as a test suite: see :class:`TransportSuite`."""

from .awaiting import Awaiting
from .connecting import Connecting
from .crowding import Crowding
from .ending import Ending
from .moving import Moving
from .multiplexing import Multiplexing
from .waiting import Waiting

__all__ = ["TransportSuite"]


class TransportSuite(Connecting, Moving, Waiting, Multiplexing, Ending, Crowding, Awaiting):
    """All that a transport has to do.

    Subclass it as ``Test…``, with one fixture, ``transport``, that returns the pyrox.Transport.
    These can be overridden where the defaults do not fit:

    - the fixture ``config``: the settings of daemons and proxies (certificates, say)
    - the method ``location()``: where to listen; a free place of its own each time it is asked
    - ``half_close``: False if a side that says it sends no more does not receive either
    - ``crowd``: how many connections are to be open at once
    """
