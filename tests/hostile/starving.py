"""A daemon in a process that may open few files only; see test_disconnects.py."""

import logging
import resource
import socket
import sys
import time

import pyrox
import pyrox.logic.daemon_base


@pyrox.expose
class Target:
    def echo(self, value: int) -> int:
        return value


def main() -> None:
    pyrox.logic.daemon_base.HOUSEKEEPING = 0.1
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    config = pyrox.Config(server=sys.argv[1], timeout=5.0, connect_timeout=5.0)
    with pyrox.Daemon("127.0.0.1:0", config=config) as daemon:
        uri = daemon.register(Target(), "target")
        daemon.start()
        proxy = pyrox.Proxy(uri, config=config)
        assert proxy.echo(1) == 1
        # Clients of this process take the descriptors that the daemon would need.
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        host, port = pyrox.split_host_port(daemon.location)
        clients = []
        try:
            while True:
                clients.append(socket.create_connection((host, port or 0)))
        except OSError:
            print("starved")
        time.sleep(0.3)  # it tries again meanwhile, and fails again
        assert proxy.echo(2) == 2
        print("served-meanwhile")
        for client in clients:
            client.close()
        with pyrox.Proxy(uri, config=config) as late:
            assert late.echo(3) == 3
        print("recovered")
        proxy._pyro.release()


main()
