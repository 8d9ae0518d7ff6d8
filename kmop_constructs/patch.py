"""Operations of RFC 6902, for `Manifest.patch`."""

from kmop_constructs.core.patch import Add, Copy, Move, Remove, Replace, Test

__all__ = ["Add", "Copy", "Move", "Remove", "Replace", "Test"]
