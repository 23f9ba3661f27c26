"""Other OCR engines and services to compare with, each installed in an environment of its own."""
