"""The simulator's commands: arguments in, text and an exit code out."""
