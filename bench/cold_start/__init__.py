"""What a cold start costs, part by part."""
