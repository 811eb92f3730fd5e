"""Articles → drafts: what a text says of chips, with the words it says it in and the questions it leaves open."""
