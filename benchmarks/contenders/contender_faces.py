"""pyrox under Pyro5's names: a program written for Pyro5, on pyrox."""

from __future__ import annotations

from .base import Contender
from .contender_pyro5 import Pyro5Contender

__all__ = ["contender"]

contender: Contender = Pyro5Contender("pyrox_pyro5.api")
