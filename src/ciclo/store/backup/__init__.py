"""Backup and restore: all documents as they were, and the history since, from which any moment can be made.

A backup is read in *slices*, each of one snapshot, so that it may take longer than MongoDB keeps a snapshot.
The history is what MongoDB's change stream told from the first snapshot on. A restore applies of it to each
document what came after its own slice, up to a moment at which no transaction is torn apart.
"""
