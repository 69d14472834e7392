"""The programs that Pyro5 brings along."""
