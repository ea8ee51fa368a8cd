"""Pure decisions: the meaning of a prediction, the destination of a contact, and the reason for both.

The caller passes the time and does all I/O.
"""
