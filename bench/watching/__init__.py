"""The dashboard drawn from what a real Prometheus has seen of a real run."""
