"""`call-monitor`: the supervisors' terminal. Speaks to the API and to nothing else."""
