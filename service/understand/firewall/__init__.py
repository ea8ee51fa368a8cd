"""The firewall's classifier: judges what a sentence to a customer is for."""
