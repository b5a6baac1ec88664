"""Products: what is sold, whatever it costs and however often it is billed."""
