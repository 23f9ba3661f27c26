"""How well a service reads a folder of labelled images, alone and against a reference engine."""
