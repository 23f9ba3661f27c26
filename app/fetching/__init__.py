"""Images by URL: which may be fetched, and how they are fetched without being led astray."""
