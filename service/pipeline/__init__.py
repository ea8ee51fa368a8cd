"""The way of a contact through all steps, and of a report about a contact. The only room that joins the steps."""
