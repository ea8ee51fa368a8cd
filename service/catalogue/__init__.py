"""The catalogue: what customers come for and how each errand gets done. Its format, its checks, its loading."""
