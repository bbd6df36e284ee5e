"""Kernels: each notebook in one of its own, forked from a warm process where the system can fork."""
