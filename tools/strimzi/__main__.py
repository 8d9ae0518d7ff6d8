"""python -m tools.strimzi: get the classes, and compile what reads objects with them."""

from tools.strimzi.build import build

build()
