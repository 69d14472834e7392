"""The ``pyrox`` command: a frame that every plugin adds its subcommands to."""

from .declarations import pyrox_register_command

__all__ = ["pyrox_register_command"]
