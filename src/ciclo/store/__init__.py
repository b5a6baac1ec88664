"""MongoDB: the record of everything. The only package that knows the driver."""
