"""The catalogue of intents and of the ways to get each errand done: its format, its checks, its loading."""
