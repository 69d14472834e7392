"""The blocking drivers: sockets and threads around the protocol."""
