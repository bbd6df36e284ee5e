"""The control API under /simulator and the faults that can be asked for through it."""
