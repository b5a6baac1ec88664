"""Mails as documents."""
