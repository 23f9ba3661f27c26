"""Who is let in, in which order, and for how long."""
