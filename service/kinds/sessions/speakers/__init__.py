"""Who speaks when: what a voice sounds like, which voices are alike, and whose each word is."""
