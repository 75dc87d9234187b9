"""The tests, flat: a folder called tests/domain would hide our own `domain`."""
