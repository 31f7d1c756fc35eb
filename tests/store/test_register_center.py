from acd_server.store import Store, scripts
from tests.store.consistency import _read


async def test_a_center_is_listed_once(store: Store) -> None:
    for _ in range(2):
        assert await scripts.register_center(store.client, "_", center_id="basel") == []
    node = store.client.topology.node_of("{_}:")
    assert await _read(store, node, "{_}:centers") == {"basel": 0.0}
