"""From a picture to its text."""
