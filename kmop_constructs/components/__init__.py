"""The families of components: a neutral intent, and providers that draw it."""
