"""The public read model in the words and shapes of each dialect; all of them tell one truth."""
