"""Codes and paper: from a number to ink."""
