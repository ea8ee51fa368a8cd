"""Find, verify, quantise and prepare encoders for a bundle."""
