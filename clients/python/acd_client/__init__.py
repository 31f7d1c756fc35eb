"""Async client of the router."""
