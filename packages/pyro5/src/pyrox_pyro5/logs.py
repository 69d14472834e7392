"""Logging as Pyro5 programs know it (reference 2): from the environment, under Pyro5's names."""

from __future__ import annotations

import logging
import sys

__all__ = ["forward", "set_up"]

_SILENT = 9999
_LINE = "[%(asctime)s.%(msecs)03d,%(name)s,%(levelname)s] %(message)s"
_TIME = "%Y-%m-%d %H:%M:%S"
_NAMES = {
    "pyrox": "Pyro5",
    "pyrox.daemon": "Pyro5.server",
    "pyrox.flow": "Pyro5.core",
    "pyrox.nameserver": "Pyro5.naming",
    "pyrox.plugins": "Pyro5",
    "pyrox.server": "Pyro5.threadpoolserver",
    "pyrox.wire": "Pyro5.protocol",
}
"""What Pyro5 calls the loggers of pyrox."""


def set_up(level: str | None, file: str) -> None:
    """Log to ``file`` where a ``level`` is asked for, and else nothing that is Pyro5's.

    A program that has set up its logging before keeps it as it is.
    """
    if not level:
        logging.getLogger("Pyro5").setLevel(_SILENT)
    elif not logging.getLogger().handlers:
        if file == "{stderr}":
            logging.basicConfig(
                stream=sys.stderr, level=_number(level), datefmt=_TIME, format=_LINE
            )
        else:
            logging.basicConfig(filename=file, level=_number(level), datefmt=_TIME, format=_LINE)
        logging.getLogger("Pyro5").info("logging as PYRO_LOGLEVEL asks for, level=%s", level)


def _number(level: str) -> int:
    number = getattr(logging, level, None)
    if not isinstance(number, int):
        raise AttributeError(
            f"module 'logging' has no attribute {level!r}, which PYRO_LOGLEVEL names; "
            "DEBUG, INFO, WARNING, ERROR and CRITICAL are levels"
        )
    return number


def forward() -> None:
    """Let what pyrox logs appear under the names of Pyro5's loggers, and obey their levels."""
    for native, name in _NAMES.items():  # "pyrox" is first: made later, it would claim the others
        logger = logging.getLogger(native)
        # Levels and handlers follow from the parents, whenever the program changes them.
        logger.parent = logging.getLogger(name)
        logger.addFilter(_Renaming(name))
        logger.setLevel(logging.NOTSET)  # forgets, too, which levels it believes to be in force


class _Renaming(logging.Filter):
    """Gives records of one of pyrox's loggers the name of one of Pyro5's."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.wanted = name

    def filter(self, record: logging.LogRecord) -> bool:
        record.name = self.wanted
        return True
