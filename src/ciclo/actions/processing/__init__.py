"""What happens to events: taken in, announced, delivered, applied, carried out, given up."""
