"""Redis Streams: delivery of work to consumer groups. Knows nothing of billing."""
