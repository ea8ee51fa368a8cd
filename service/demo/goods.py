"""Goods of the example shop: products, places, orders and desks. All of them are invented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

SHELF: Final = "our High Street shop, on the shelf"
BACK_ROOM: Final = "our High Street shop, in the back room"
NEARBY: Final = ("our Harbour Lane shop", "our Mill Street shop")
PARTNERS: Final = ("Brindlewick Toys on Fountain Square",)

STOCK: Final[Mapping[str, Mapping[str, int]]] = {
    "copper kettle": {SHELF: 6, NEARBY[0]: 2},
    "oak train set": {BACK_ROOM: 2},
    "paper lantern": {NEARBY[1]: 11},
    "Ottoline doll": {PARTNERS[0]: 1},
    "tin robot": {},
}
"""Number of each product, by place. A missing place has 0."""

ORDERS: Final[Mapping[str, str]] = {
    "K-4471-2290": "Your order is on its way and should arrive tomorrow.",
    "K-4471-2304": "Your order is packed and should arrive on Tuesday.",
}
"""Sentence about each order, by the order's number."""

DESKS: Final[Mapping[str, int]] = {"store-desk": 45, "delivery-desk": 60, "tech-desk": 20, "reservations-desk": 30}
"""Seconds that people wait at each desk."""


def find_product(text: str) -> str | None:
    """Find the product whose whole name is in the text, in any order and case."""
    words = set(re.findall(r"\w+", text.casefold()))
    return next((name for name in STOCK if words.issuperset(name.casefold().split())), None)
