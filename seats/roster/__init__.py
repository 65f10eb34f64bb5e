"""Who sits where: the seats of every area."""
