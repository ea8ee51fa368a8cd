"""Answers of each system of the example shop. HTTP and misbehaviour stay in `shop`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.demo.goods import BACK_ROOM, NEARBY, ORDERS, PARTNERS, SHELF, STOCK, find_product
from service.domain.delivery import DeliveryOutcome
from service.fulfil.call_body import Answer, NeedIn

FOUND_AT: Final = "found_at"
"""Name of the place that a look-up hands on to the step that holds the product."""
CANNOT_SERVE: Final = Answer(result=DeliveryOutcome.CANNOT_SERVE)


class Shop:
    """Goods of the shop, which stay the same, and the goods that are held for customers."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, str]] = Counter()

    def left(self, product: str, place: str) -> int:
        """Number of products left for other customers."""
        return STOCK[product].get(place, 0) - self._held[product, place]

    def hold(self, product: str, place: str) -> None:
        """Put one product aside."""
        self._held[product, place] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    name: str
    """Name of the rung that calls the system."""
    address: str
    answer: Callable[[Shop, Mapping[str, Any], Mapping[str, Any]], Answer]
    """Gives the answer from the delivered details, and from the data that earlier rungs handed on."""


def look_up_stock(shop: Shop, details: Mapping[str, Any], _: Mapping[str, Any]) -> Answer:
    return _look_in(shop, details, "shop", (SHELF, BACK_ROOM))


def ask_nearby_stores(shop: Shop, details: Mapping[str, Any], _: Mapping[str, Any]) -> Answer:
    return _look_in(shop, details, "nearby", NEARBY)


def ask_partner_stores(shop: Shop, details: Mapping[str, Any], _: Mapping[str, Any]) -> Answer:
    return _look_in(shop, details, "partners", PARTNERS)


def hold_and_wrap(shop: Shop, details: Mapping[str, Any], learned: Mapping[str, Any]) -> Answer:
    """Hold the product in the place that the look-up found, if one is left."""
    product, place = find_product(str(details.get("item", ""))), str(learned.get(FOUND_AT, ""))
    if product is None or shop.left(product, place) < 1:
        return CANNOT_SERVE
    shop.hold(product, place)
    say = "It is wrapped as a gift and held for you for two days."
    return Answer(result=DeliveryOutcome.SERVED, say=say, data={"held_at": place, "gift_wrapped": True})


def track_order(_: Shop, details: Mapping[str, Any], __: Mapping[str, Any]) -> Answer:
    number = str(details.get("order_number", "")).strip().upper()
    if not number:
        return _needs("order_number", "to find the order")
    say = ORDERS.get(number)
    return CANNOT_SERVE if say is None else Answer(result=DeliveryOutcome.SERVED, say=say)


def _look_in(shop: Shop, details: Mapping[str, Any], asked: str, places: Iterable[str]) -> Answer:
    item = str(details.get("item", ""))
    if not item.strip():
        return _needs("item", "to look up the stock")
    product = find_product(item)
    if product is None:
        return CANNOT_SERVE
    left = {place: shop.left(product, place) for place in places}
    found_at = next((place for place, count in left.items() if count > 0), None)
    if found_at is None:
        return Answer(result=DeliveryOutcome.CANNOT_SERVE, data={asked: left})
    data = {asked: left, FOUND_AT: found_at}
    return Answer(result=DeliveryOutcome.SERVED, say=f"We found your item: it is in stock at {found_at}.", data=data)


def _needs(field: str, why: str) -> Answer:
    return Answer(result=DeliveryOutcome.NEEDS_CUSTOMER, needs=(NeedIn(field=field, why=why),))


SYSTEMS: Final = (
    System(name="stock-lookup", address="/stock/lookup", answer=look_up_stock),
    System(name="nearby-stores", address="/stores/nearby", answer=ask_nearby_stores),
    System(name="partner-stores", address="/partners/lookup", answer=ask_partner_stores),
    System(name="hold-and-gift-wrap", address="/partners/hold", answer=hold_and_wrap),
    System(name="order-tracking", address="/orders/track", answer=track_order),
)
