"""python -m tools.spring: build the programs."""

from tools.spring.build import build

build()
