"""The page tells what the file of the pieces has, and no kind of fault is forgotten."""

from tests.campaign import faults, record
from tests.campaign.store_faults import clock_ahead, clock_back, slots_migrated


def test_the_page_agrees_with_the_pieces() -> None:
    text = record.PAGE.read_text(encoding="utf-8")
    assert record.BEGIN in text
    assert record.written(text, record.pieces()) == text, "python -m tests.campaign.record writes it anew"


def test_what_a_piece_found_is_told() -> None:
    piece = {
        "seed": 7,
        "commit": "abc",
        "store": "valkey9-string",
        "play_s": 90,
        "tempo": "brisk",
        "load": 1.5,
        "starved_s": 2,
        "judged_s": 31,
        "faults": 3,
        "store_faults": 1,
        "contacts": 1234,
        "violations": ["bank: acknowledged contacts lost: 1"],
        "healed_s": {"server killed": [1.0, 3.0], "store full": [2.5]},
        "points": {"store.send.after": 4},
    }
    said = record.page([piece, {**piece, "seed": 8, "violations": []}])
    assert "**6 faults**, 2 of them on store nodes, over **2,468 acknowledged contacts**" in said
    assert "1 of them without a violation" in said
    assert "| server killed | 4 | 2.0 | 3.0 |" in said
    assert "| 7 | abc | valkey9-string | brisk | 1.5 | 2 | 31 | 3 | 1 | 1234 | 1.5 | 1 |" in said
    assert "1 acted, 8 times in all; not yet: " in said


def test_every_kind_of_fault_is_drawn() -> None:
    groups = (faults.ON_STORE, faults.ELSEWHERE, faults.RARE)
    assert len(set(faults.FAULTS)) == len(faults.FAULTS) == sum(map(len, groups))
    assert set(faults.FAULTS) - set(faults.of("valkey9", "json")) == {slots_migrated}
    assert set(faults.FAULTS) - set(faults.of("redis7", "json")) == {slots_migrated, clock_back, clock_ahead}
    assert faults.of("valkey9", "string") == faults.FAULTS
