"""Hours, closures and announcements, as supervisors set them."""
