"""The demo: a small shop with systems, a catalogue whose paths call these systems, and two stories to watch."""
