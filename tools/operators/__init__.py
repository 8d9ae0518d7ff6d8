"""Real operators as plain processes, for the tests of what is drawn for them. See docs/operators-testing.md."""
