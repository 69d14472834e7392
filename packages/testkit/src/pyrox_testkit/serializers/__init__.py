"""What every serializer has to do, as a test suite: see :class:`SerializerSuite`."""

from .calls import Calls
from .classes import Classes
from .fidelity import Fidelity
from .hostile import Hostile
from .served import Served
from .sizes import Sizes
from .values import Identity, Types

__all__ = ["SerializerSuite"]


class SerializerSuite(Identity, Types, Calls, Classes, Sizes, Hostile, Served, Fidelity):
    """All that a serializer has to do.

    Subclass it as ``Test...``, with one fixture, ``serializer``, that returns the
    pyrox.Serializer. These attributes can be set where the defaults do not fit:

    - ``keeps``: the types of which each value arrives as it was sent, with the very same type.
      Others may arrive in a weaker form that pyrox documents, or be refused. None, bool, lists,
      dictionaries with text as keys, and common text and numbers arrive in any case; with ``int``,
      ``float`` or ``str`` in it, all of those do (but lone surrogates); with ``dict``, dictionaries
      with numbers, None and tuples as keys.
    - ``depth``: how many lists inside each other travel
    - ``refusals``: the exceptions with which it refuses, where it keeps to some
    - ``pyrox_time_limit``: how long a test may take, in seconds, before it is taken to hang
    """
