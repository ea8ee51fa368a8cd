"""Facts of the steps turned into metrics. Labels come from closed sets."""
