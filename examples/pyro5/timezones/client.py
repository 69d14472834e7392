"""Times with a time zone arrive as text in ISO form, from which they can be made again."""

import sys
from datetime import datetime, timezone

from Pyro5.api import Proxy
from Pyro5.errors import SerializeError

with Proxy(sys.argv[1]) as clock:
    for serializer in ("serpent", "json"):
        clock._pyroSerializer = serializer
        text = clock.when(5)
        print(serializer, text, datetime.fromisoformat(text).astimezone(timezone.utc))
        print(list(clock.kind(datetime(2024, 1, 1, tzinfo=timezone.utc))))
    clock._pyroSerializer = "msgpack"
    try:
        clock.kind(datetime(2024, 1, 1, tzinfo=timezone.utc))
    except SerializeError:
        print("msgpack takes no time zones")
