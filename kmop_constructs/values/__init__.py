"""The vocabulary: frozen values that import without Node and without a cluster.

They use the standard library only, so a spec can be built, compared and tested anywhere.
"""
