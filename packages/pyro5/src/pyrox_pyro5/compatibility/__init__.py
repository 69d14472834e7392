"""Other generations of Pyro, as far as their programs can run on this one."""
