"""Encoders: found, verified, quantised and prepared for a bundle."""
