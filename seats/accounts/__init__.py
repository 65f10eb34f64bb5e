"""Who may use the API: users, their passwords, their tokens."""
