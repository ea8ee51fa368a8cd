"""A constant answer, as long as one of `/intent`."""

from __future__ import annotations

import json

ANSWER = json.dumps(
    {
        "status": "understood",
        "goals": [
            {
                "intent": "cancel_booking",
                "title": "Cancel a booking",
                "confidence": 0.9713,
                "urgent": False,
                "evidence": [{"turn": 0, "start": 0, "end": 38}],
            }
        ],
        "candidates": [
            {"intent": "cancel_booking", "confidence": 0.9713},
            {"intent": "change_booking", "confidence": 0.0165},
            {"intent": "cancel_order", "confidence": 0.0031},
        ],
        "clarify": None,
        "next": {"path": "cancel_booking", "label": "Cancel your booking", "url": "/bookings/cancel"},
        "content_policy": {"relationship": "deny"},
        "bundle": "0123456789abcdef",
        "catalogue": "0123456789abcdef",
        "degraded": False,
    },
    separators=(",", ":"),
).encode()
