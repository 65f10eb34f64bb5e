"""What came of the scenarios, to read, to hear and for machines."""
