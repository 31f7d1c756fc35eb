"""The store: everything the router remembers, in Redis, by one script per change.

Nothing outside this package knows Redis.
"""

from acd_server.store.requests import RequestKey
from acd_server.store.store import Store
from acd_server.store.topology import Tls

__all__ = ["RequestKey", "Store", "Tls"]
