"""What comes from outside: pinned schemas, and the typings generated from them. Not part of the wheel."""
