"""AbacatePay: PIX, boleto and cards in Brazil."""
