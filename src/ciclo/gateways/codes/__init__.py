"""Codes that people pay by: PIX, boleto, and how they are drawn."""
