"""Many calls at once, under asyncio and from threads: ``python -m benchmarks.many``.

pyrox against a floor of its own for each way of calling, and against grpc.aio or rpyc. Servers and
clients are processes; contenders take turns; ratios are taken within a round. Method and bias are
those of ``benchmarks/README.md``, unless the modules here say otherwise.
"""
