"""The firewall's classifier: judges the purpose of a sentence to a customer."""
