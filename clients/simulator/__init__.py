"""Replays days of contacts against a live router, through its public API only."""
