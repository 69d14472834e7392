"""Connected sockets: a daemon and a proxy at the two ends of a pair, in threads and processes."""

import os
import socket
import threading

from Pyro5.api import Daemon, Proxy, expose


@expose
class Service:
    """Answers over the socket that it was given."""

    def add(self, a, b):
        return a + b

    def items(self):
        yield from "abc"

    def fail(self):
        raise ValueError("as expected")

    def own_process(self, pid):
        return os.getpid() == pid


def serve(sock):
    daemon = Daemon(connected_socket=sock)
    daemon.register(Service(), "service")
    daemon.requestLoop()


def talk(sock):
    with Proxy("service", connected_socket=sock) as service:
        print(service.add(1, 2), list(service.items()), service.own_process(os.getpid()))
        try:
            service.fail()
        except ValueError as error:
            print(error)
        print(service._pyroUri)


print("a thread")
ours, theirs = socket.socketpair()
thread = threading.Thread(target=serve, args=(theirs,))
thread.start()
talk(ours)
print("a second proxy over the same socket")
with Proxy("service", connected_socket=ours) as again:
    print(again.add(3, 4))
ours.close()
thread.join()
theirs.close()

print("a child", flush=True)
ours, theirs = socket.socketpair()
if (child := os.fork()) == 0:
    ours.close()
    serve(theirs)
    os._exit(0)
theirs.close()
talk(ours)
ours.close()
os.waitpid(child, 0)
print("the child is gone")
