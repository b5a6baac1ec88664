"""Signing in: sessions in cookies, and the ways to one."""
