"""Opens the store that the settings describe."""

from collections.abc import Callable

from acd_server.config import Settings
from acd_server.store import Store, Tls


async def open_store(settings: Settings, url: str, when_loading: Callable[[], None] = lambda: None) -> Store:
    """As `Store.open`. Raises AcdError STORE_UNAVAILABLE or STORE_REFUSES with what to do."""
    return await Store.open(
        url,
        durability=settings.durability,
        documents=settings.documents,
        clock=settings.clock,
        max_waiting=settings.max_waiting_per_center,
        max_classes=settings.max_classes_per_center,
        history_max=settings.feed_history_max,
        lua_dir=settings.lua_dir,
        tls=Tls(settings.redis_ca_file, settings.redis_cert_file, settings.redis_key_file),
        when_loading=when_loading,
    )
