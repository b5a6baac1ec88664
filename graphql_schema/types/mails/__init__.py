"""Mails and their rules, as the API shows them."""
