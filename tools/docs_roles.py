"""Docstrings in Markdown: what is written as a Sphinx role becomes plain code.

A griffe extension, named in mkdocs.yml.
"""

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:class|meth|func|mod|data|attr):`~?([^`]+)`")


class Roles(griffe.Extension):
    """Turns ``:class:`Name``` into ```Name```."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = _ROLE.sub(r"`\1`", obj.docstring.value)
