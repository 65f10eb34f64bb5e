"""What the hotline hears and says: recogniser, voice, and the text between them."""
