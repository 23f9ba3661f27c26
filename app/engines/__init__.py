"""What computes: the models, their runtimes, and the arithmetic before and after them."""
