"""From a raw message to the customer's own words, with the way back into the caller's text. Runs before redaction."""
