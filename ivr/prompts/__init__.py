"""What the hotline says that is known beforehand: texts, their built sounds, the waiting music."""
