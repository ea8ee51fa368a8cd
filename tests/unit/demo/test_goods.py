"""The goods of the example shop are found in a customer's own words."""

from __future__ import annotations

import pytest

from service.demo.goods import STOCK, find_product


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("do you have the copper kettle", "copper kettle"),
        ("KETTLE, copper please", "copper kettle"),
        ("an ottoline Doll", "Ottoline doll"),
        ("a kettle", None),
        ("coppers and kettles", None),
        ("", None),
    ],
)
def test_a_product_is_found_by_its_whole_name(text: str, product: str | None) -> None:
    """Its words may stand in any order and case."""
    assert find_product(text) == product


@pytest.mark.parametrize("product", STOCK)
def test_every_product_can_be_asked_for(product: str) -> None:
    """Its own name finds it, and no other."""
    assert find_product(f"where is the {product}?") == product
