import asyncio

import pytest

from acd_server.errors import AcdError
from acd_server.store import Store, library, scripts


async def meta(store: Store, *words: str | int) -> object:
    return await store.client.command(store.client.topology.node_of("{_}:"), words[0], "{_}:meta", *words[1:])


async def test_what_the_data_set_is_stays(store: Store) -> None:
    kept = await meta(store, "HGETALL")
    reply = await scripts.check_meta(store.client, "_", layout=7, documents="other", clock="other")
    assert reply == [b"2", store.client.variant.documents.encode(), b"virtual"]
    assert await meta(store, "HGETALL") == kept


async def test_a_newer_layout_is_refused(store: Store, store_url: str) -> None:
    await meta(store, "HSET", "layout", 3)
    for call in (store.check, lambda: Store.open(store_url, clock="virtual")):
        with pytest.raises(AcdError, match="layout 3 and this release knows 2: use the newer release") as caught:
            await call()
        assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "LAYOUT")


async def test_another_kind_of_documents_is_refused(store: Store, store_url: str) -> None:
    kept = store.client.variant.documents
    other = "json" if kept == "string" else "string"
    with pytest.raises(AcdError, match=f"documents as {kept}, not as {other}: set ACD_DOCUMENTS") as caught:
        await Store.open(store_url, documents=other, clock="virtual")  # type: ignore[arg-type]  # one of the two
    assert (caught.value.reason, caught.value.metadata["cause"]) == ("STORE_REFUSES", "DOCUMENTS")


async def test_auto_reads_what_is_written(store: Store, store_url: str) -> None:
    other = await Store.open(store_url, clock="virtual")
    assert other.client.variant == store.client.variant
    await other.close()


async def test_it_says_when_only_the_scripts_are_left_to_load(store: Store, store_url: str) -> None:
    names = ("check_meta", "enqueue_contact")
    shas = [library.script(name, store.client.variant).sha for name in names]
    node = store.client.topology.node_of("{_}:")
    await store.client.command(node, "SCRIPT", "FLUSH")
    loading: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    opening = asyncio.create_task(Store.open(store_url, clock="virtual", when_loading=lambda: loading.set_result(None)))
    await loading
    assert not opening.done()
    other = await opening
    assert await store.client.command(node, "SCRIPT", "EXISTS", *shas) == [1, 1]
    await other.close()


async def test_a_store_that_is_refused_comes_to_no_loading(store: Store, store_url: str) -> None:
    del store
    called: list[None] = []
    with pytest.raises(AcdError, match="use another one"):
        await Store.open(store_url, when_loading=lambda: called.append(None))
    assert called == []


async def test_json_documents_on_a_store_without_the_type_are_refused(store: Store, store_url: str) -> None:
    if store.client.variant.documents == "json":
        pytest.skip("this cell has the type")
    await meta(store, "HSET", "documents", "json")
    with pytest.raises(AcdError, match="lacks that type: load its JSON module"):
        await Store.open(store_url, clock="virtual")


async def test_another_clock_is_refused(store: Store, store_url: str) -> None:
    del store
    with pytest.raises(AcdError, match="runs on the virtual clock: use another one") as caught:
        await Store.open(store_url)
    assert caught.value.metadata["cause"] == "CLOCK"
