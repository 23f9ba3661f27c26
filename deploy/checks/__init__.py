"""Checks of the manifests against what each platform itself goes by; see __main__."""
