"""Facts of the steps turned into metrics; labels come from closed sets."""
