"""What a person changes: plan, trial, pause and end, and what of it waits."""
