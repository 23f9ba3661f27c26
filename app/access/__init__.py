"""Who may come in: keys, rate limits and origins. Knows no web framework."""
