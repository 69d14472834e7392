"""User sessions: two users at the same time, in threads of their own."""

import sys
import threading

from Pyro5.api import Proxy, current_context
from Pyro5.errors import CommunicationError

barrier = threading.Barrier(2)
printed = {}


def session(user):
    lines = printed[user] = []
    current_context.annotations = {"USER": user.encode()}
    with Proxy(sys.argv[1]) as database:
        database._pyroHandshake = user
        for number in range(3):
            barrier.wait(10)
            lines.append(database.store(f"key{number}", number))
        lines.append(database.read())


threads = [threading.Thread(target=session, args=(user,)) for user in ("ada", "bob")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for user in sorted(printed):
    for line in printed[user]:
        print(line)
stranger = Proxy(sys.argv[1])
stranger._pyroHandshake = "eve"
try:
    stranger._pyroBind()
except CommunicationError as error:
    print(str(error).rpartition(": ")[2])
