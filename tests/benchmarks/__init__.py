"""How fast Errand is beside an endpoint that does nothing and beside what one would use instead, and how right."""
