"""Function platforms: what they call the service with beside plain HTTP, and what it calls them back with."""
