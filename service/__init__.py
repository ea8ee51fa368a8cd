"""Errand: finds out what a customer came for and sends the contact to where it gets done."""

import os

__version__ = "0.2.0"

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime would send reports home; nothing here may
