"""How the demonstration model is made: synthetic Mandarin in, a folder in Vosk's format out.

Needs `requirements-recipe.lock`.
"""
