"""Partner Center on loopback: a server that behaves as Microsoft's documentation and recorded calls say.

It is written from the contract alone and shares no code with the client it is there to test.
"""
