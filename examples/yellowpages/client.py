"""Find printers by what they can do: ``client.py``.

Shows the yellow pages: ``yplookup`` tells of all objects that have all of some tags, or any of
them; a ``PYROMETA:`` URI leads to one that has them all.
"""

import pyrox

with pyrox.locate_ns() as ns:
    for name, (_, tags) in sorted(ns.yplookup(meta_all=["printer"]).items()):
        print(f"{name}: {', '.join(sorted(tags))}")
    print("color or large:", *sorted(ns.yplookup(meta_any=["color", "large"])))

with pyrox.Proxy("PYROMETA:printer,color") as printer:
    print(printer.print("The photograph"))
