"""What a history is measured by, one subject a file; `simulator.figures` puts them together."""
