"""``bench cost``: what a measured run costs by the price lists of serverless platforms, and where each pays."""
