# Written by `python -m tools.public_api`.


__all__: list[str] = []
