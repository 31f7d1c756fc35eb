"""Drives the routing: asks the servers to match and to fire due deadlines."""
