"""Ask the almanac: ``client.py``, before or after its server has started.

Shows ``pyrox.wait_for``, which makes it the same whoever starts first; a proxy for a name, by a
``PYRONAME:`` URI; and what happens with a name that nobody has.
"""

import pyrox

pyrox.wait_for("example.almanac")

with pyrox.Proxy("PYRONAME:example.almanac") as almanac:
    print(f"The eagle landed on a {almanac.weekday('1969-07-20')}.")

try:
    pyrox.Proxy("PYRONAME:example.almanack").weekday("1969-07-20")
except pyrox.NamingError as error:
    print(error)
