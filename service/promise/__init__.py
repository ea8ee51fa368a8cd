"""Promises to customers: their due time, the sealing of contact details, and the desks that keep them.

Adapters, SQL and HTTP stay outside. Only this room knows the cipher.
"""
