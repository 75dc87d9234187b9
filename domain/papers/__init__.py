"""The papers of the trade: loans, intakes, transfers, disposal cases … Each paper has a stream of its own; its lines name assets."""
