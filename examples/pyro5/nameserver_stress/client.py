"""Many threads register, look up, list and remove names at the same time."""

import threading

from Pyro5.api import locate_ns
from Pyro5.errors import NamingError

problems = []


def stress(number):
    with locate_ns() as ns:
        for turn in range(25):
            name = f"stress.{number}.{turn}"
            ns.register(name, f"PYRO:object{turn}@localhost:{number + 1}", metadata={"stress"})
            if ns.lookup(name).port != number + 1:
                problems.append(name)
            try:
                ns.register(name, "PYRO:other@localhost:1", safe=True)
                problems.append(f"{name} was taken twice")
            except NamingError:
                pass
            if len(ns.list(prefix=f"stress.{number}.")) != turn % 5 + 1:
                problems.append(f"list {name}")
            if turn % 5 == 4:
                ns.remove(prefix=f"stress.{number}.")


threads = [threading.Thread(target=stress, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with locate_ns() as ns:
    print("problems:", problems)
    print("left:", sorted(ns.list()))
    ns.ping()
    for what in (lambda: ns.lookup("stress.0.0"), lambda: ns.list(regex="(")):
        try:
            what()
        except NamingError as error:
            print(str(error).partition(":")[0])
