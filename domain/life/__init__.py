"""What can happen to an asset, one file per stretch of its life. Facts only: whether they may happen is decided in `domain/usecases/`."""
