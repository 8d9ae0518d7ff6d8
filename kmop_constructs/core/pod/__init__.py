"""The pod template: one concern a file, each a function from values to the words of Kubernetes."""
