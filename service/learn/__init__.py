"""Train and evaluate a bundle from rows, offline. Only this package may import scikit-learn, transformers or torch."""
