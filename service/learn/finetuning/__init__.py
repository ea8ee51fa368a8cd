"""Fine-tuning of an encoder with torch, and the test of whether it pays."""
