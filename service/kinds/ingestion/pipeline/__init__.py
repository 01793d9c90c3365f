"""The stages of a job: readers in processes of their own, workers in threads, one writer."""
