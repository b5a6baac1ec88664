"""Mails to people: what there is to tell them, when, and what becomes of each mail."""
