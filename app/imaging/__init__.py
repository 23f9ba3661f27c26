"""From bytes to pictures."""
