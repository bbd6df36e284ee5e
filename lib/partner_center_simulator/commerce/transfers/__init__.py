"""Transfers of new commerce and Azure between partner tenants: the target asks, the source selects and accepts."""
