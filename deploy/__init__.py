"""What is built and deployed, beside the service itself."""
