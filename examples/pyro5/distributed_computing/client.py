"""A dispatcher's client, and three workers in threads of their own: they factor numbers."""

import sys
import threading

from Pyro5.api import Proxy


def factors(number):
    found, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found


def work():
    with Proxy(sys.argv[1]) as dispatcher:
        while True:
            item = dispatcher.get_work()
            if item["number"] is None:
                return
            item["factors"] = factors(item["number"])
            dispatcher.put_result(item)


with Proxy(sys.argv[1]) as dispatcher:
    numbers = [9876543, 2**20, 104729, 1001, 65537 * 3]
    for number in numbers:
        dispatcher.put_work({"number": number})
    print("waiting:", dispatcher.waiting())
    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    results = [dispatcher.get_result() for _ in numbers]
    for _ in workers:
        dispatcher.put_work({"number": None})
    for worker in workers:
        worker.join()
    for result in sorted(results, key=lambda result: result["number"]):
        print(result["number"], result["factors"])
    try:
        dispatcher.get_work(timeout=0.01)
    except ValueError as error:
        print(error)
