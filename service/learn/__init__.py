"""Offline: rows in, bundle and evaluation out. The only place that may import scikit-learn, transformers or torch."""
