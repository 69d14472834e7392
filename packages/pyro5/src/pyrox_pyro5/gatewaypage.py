"""The page that the HTTP gateway shows at ``/pyro/``."""

from __future__ import annotations

import html
from collections.abc import Mapping
from urllib.parse import quote

import pyrox

__all__ = ["SHOWN", "home_page"]

SHOWN = 10
"""How many objects it shows, at most."""

_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Pyro HTTP gateway</title></head>
<body>
<h1>Pyro HTTP gateway</h1>
<p>It calls Pyro objects over HTTP, and answers with JSON. Name server: {server}.
Names that match <code>{regex}</code> can be called.</p>
<table border="1">
<tr><th>Name</th><th>Methods</th><th>Attributes</th></tr>
{rows}
</table>
<p>Call a method: <code>/pyro/{example}/method?argument=value</code>;
read an attribute: <code>/pyro/{example}/attribute</code>;
list the members: <a href="/pyro/{example}/$meta">/pyro/{example}/$meta</a>.</p>
</body></html>
"""


def home_page(regex: str, server: str, objects: Mapping[str, pyrox.Members | str]) -> str:
    """Return the page: where the name server is, and what it offers.

    ``objects`` are names with the members of what they stand for, or with what went wrong.
    """
    example = next(iter(objects), "object")
    return _PAGE.format(
        regex=html.escape(regex or "(all)"),
        server=html.escape(server),
        rows="".join(map(_row, objects, objects.values())) or "<tr><td colspan=3>none</td></tr>",
        example=html.escape(quote(example)),
    )


def _row(name: str, members: pyrox.Members | str) -> str:
    if isinstance(members, str):
        return f"<tr><td>{html.escape(name)}</td><td colspan=2>{html.escape(members)}</td></tr>\n"
    methods, attributes = sorted(members.methods), sorted(members.attributes)
    base = f"/pyro/{quote(name)}/"
    links = " ".join(
        f'<a href="{base}{quote(method)}">{html.escape(method)}</a>' for method in methods
    )
    return (
        f'<tr><td><a href="{base}$meta">{html.escape(name)}</a></td><td>{links}</td>'
        f"<td>{html.escape(' '.join(attributes))}</td></tr>\n"
    )
