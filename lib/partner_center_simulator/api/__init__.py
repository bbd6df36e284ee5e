"""The Partner Center REST API under /v1."""
