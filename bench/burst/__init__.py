"""A burst against service processes that start as a FaaS would start them, with some of them prewarmed or none."""
