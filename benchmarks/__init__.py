"""How fast it is, next to an honest limit measured in the same run."""
