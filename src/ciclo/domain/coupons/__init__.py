"""Coupons, their codes, and the discounts that a subscription has by them."""
