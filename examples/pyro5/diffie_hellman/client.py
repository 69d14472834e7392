"""Diffie and Hellman: what the server scrambled can be read here."""

import sys

from Pyro5.api import Proxy

PRIVATE = 0xC11E27

with Proxy(sys.argv[1]) as server:
    generator, prime = server.parameters()
    public = server.exchange(pow(generator, PRIVATE, prime))
    key = pow(public, PRIVATE, prime).to_bytes(48, "big")
    scrambled = server.scramble(list(b"the key never travelled"))
    print("readable on the way:", bytes(scrambled) == b"the key never travelled")
    print(bytes(n ^ key[i % len(key)] for i, n in enumerate(scrambled)).decode())
    print("bits of the prime:", prime.bit_length())
