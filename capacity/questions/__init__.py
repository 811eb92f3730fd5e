"""What one asks of an estimate."""
