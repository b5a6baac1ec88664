"""The rules of billing: values and pure functions, standard library only."""
