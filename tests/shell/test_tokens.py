"""Opaque tokens: what goes in comes out, and nothing else is taken."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd_server.errors import AcdError
from acd_server.tokens import (
    ResumeToken,
    decode_page_token,
    decode_resume_token,
    encode_page_token,
    encode_resume_token,
)

numbers = st.integers(0, 2**63 - 1)
words = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=63)
tokens = st.builds(ResumeToken, center=words, incarnation=words, sequence=numbers, stamp=numbers)
texts = st.text(max_size=200)
any_texts = st.text(st.characters(codec="utf-8"), max_size=100)
A_TOKEN = ResumeToken("acme", "i1", 7, 1_700_000_000_000_000)


def refusal_of_resume(text: str, center: str = "acme") -> str:
    with pytest.raises(AcdError) as caught:
        decode_resume_token(text, center)
    return caught.value.reason


def refusal_of_page(text: str, *arguments: str) -> str:
    with pytest.raises(AcdError) as caught:
        decode_page_token(text, *arguments)
    return caught.value.reason


@given(tokens)
def test_a_resume_token_comes_back_as_it_was(token: ResumeToken) -> None:
    text = encode_resume_token(token)
    assert decode_resume_token(text, token.center) == token
    assert text.isascii()
    assert set(text).isdisjoint("+/= \n")


@given(tokens, words)
def test_a_resume_token_is_of_one_center(token: ResumeToken, other: str) -> None:
    if other != token.center:
        assert refusal_of_resume(encode_resume_token(token), other) == "RESUME_TOKEN_INVALID"


@given(texts)
def test_other_text_is_no_token(text: str) -> None:
    assert refusal_of_resume(text) == "RESUME_TOKEN_INVALID"
    if text:
        assert refusal_of_page(text) == "PAGE_TOKEN_INVALID"


@given(st.integers(0, 200), st.integers(0, 7))
def test_no_bit_of_a_token_can_change(place: int, bit: int) -> None:
    text = encode_resume_token(A_TOKEN)
    data = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[place % len(data)] ^= 1 << bit
    assert refusal_of_resume(urlsafe_b64encode(data).rstrip(b"=").decode()) == "RESUME_TOKEN_INVALID"


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: t + "=", lambda t: f" {t}", str.lower]
)
def test_a_token_that_was_cut_or_typed_is_refused(change) -> None:  # type: ignore[no-untyped-def]  # a lambda
    assert refusal_of_resume(change(encode_resume_token(A_TOKEN))) == "RESUME_TOKEN_INVALID"


@given(any_texts.filter(bool), st.lists(any_texts, max_size=4))
def test_a_page_token_comes_back_with_its_arguments(cursor: str, arguments: list[str]) -> None:
    text = encode_page_token(cursor, *arguments)
    assert decode_page_token(text, *arguments) == cursor


@given(any_texts.filter(bool), st.lists(any_texts, max_size=4), st.lists(any_texts, max_size=4))
def test_a_page_token_is_of_its_arguments(cursor: str, arguments: list[str], others: list[str]) -> None:
    if arguments != others:
        assert refusal_of_page(encode_page_token(cursor, *arguments), *others) == "PAGE_TOKEN_INVALID"


def test_the_first_page_has_no_token() -> None:
    assert encode_page_token("", "acme") == ""
    assert decode_page_token("", "acme") == ""


def test_one_kind_of_token_is_not_the_other() -> None:
    assert refusal_of_page(encode_resume_token(A_TOKEN)) == "PAGE_TOKEN_INVALID"
    assert refusal_of_resume(encode_page_token("cursor")) == "RESUME_TOKEN_INVALID"
