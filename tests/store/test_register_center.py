from acd_server.store import Store, scripts


async def test_a_center_is_listed_once(store: Store) -> None:
    for _ in range(2):
        assert await scripts.register_center(store.client, "_", center_id="basel") == []
    node = store.client.topology.node_of("{_}:")
    found = await store.client.command(node, "ZRANGE", "{_}:centers", 0, -1, "WITHSCORES")
    assert found == [b"basel", b"0"]
