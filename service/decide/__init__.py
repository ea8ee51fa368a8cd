"""Pure decisions: what a prediction means, where it goes, and why. No clock, no I/O."""
