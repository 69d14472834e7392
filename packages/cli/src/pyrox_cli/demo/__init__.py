"""``pyrox demo``: a name server, a server and two clients, each in a process of its own."""
