"""Customers as a register: what operators write of them, and how they are found."""
