"""What reports are read from: sums, counters, scans."""
