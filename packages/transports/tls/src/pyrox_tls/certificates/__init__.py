"""Certificates of one's own: the private authority behind ``pyrox cert``.

This needs the ``cryptography`` package, which programs that only use certificates never import.
"""
