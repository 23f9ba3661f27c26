"""Model files: which there are, and how they come here."""
