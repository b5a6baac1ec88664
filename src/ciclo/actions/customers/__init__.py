"""Customers: finding one by what somebody knows of them."""
