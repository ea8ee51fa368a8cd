"""The way of a contact, and of a report about one. The only place that joins the steps."""
