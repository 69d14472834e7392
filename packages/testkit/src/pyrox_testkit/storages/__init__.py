"""What every storage of the name server has to do, as a test suite: see :class:`StorageSuite`."""

from .crowds import Crowds
from .entries import Entries
from .opening import Opening

__all__ = ["StorageSuite"]


class StorageSuite(Opening, Entries, Crowds):
    """All that a storage of the name server has to do.

    Subclass it as ``Test...``, with one fixture, ``storage``, that returns the
    pyrox_nameserver.Storage. These can be overridden where the defaults do not fit:

    - the fixture ``location``: where to open a table, new for each test; nothing by default
    - ``lasts``: True for a storage whose entries are there when a table is opened again
    - ``many``: how many entries there are where there are many
    - ``pyrox_time_limit``: how long a test may take, in seconds, before it is taken to hang
    """
