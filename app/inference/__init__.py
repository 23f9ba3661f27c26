"""The models in a process of their own, and whoever watches over it and replaces it."""
