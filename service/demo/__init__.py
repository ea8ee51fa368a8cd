"""The demo: a small shop whose systems Errand calls, a catalogue that calls them, and two stories to watch."""
