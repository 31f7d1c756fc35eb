"""What all lists have in common."""

import re
from typing import NamedTuple

from acd_server.errors import AcdError
from acd_server.tokens import decode_page_token, encode_page_token


class Page(NamedTuple):
    """Which records to return: at most `limit`, from the cursor `after` on.

    `arguments` are what the page token is bound to: the method, the parent and the
    filter. A token of other arguments is refused with PAGE_TOKEN_INVALID.
    """

    after: str
    limit: int
    arguments: tuple[str, ...]

    def next_token(self, cursor: str) -> str:
        """Token of the page that begins at the cursor; "" at the end of the collection."""
        return encode_page_token(cursor, *self.arguments) if cursor else ""


def read_page(token: str, limit: int, cursors: re.Pattern[str], *arguments: str) -> Page:
    """Raises PAGE_TOKEN_INVALID. Called when the other fields are known to be good.

    Tokens are not secret, so that anyone can make one: only a cursor of the form
    that the list gives out reaches the store.
    """
    after = decode_page_token(token, *arguments)
    if after and not cursors.fullmatch(after):
        raise AcdError("PAGE_TOKEN_INVALID")
    return Page(after, limit, arguments)
