"""The rank files of cl100k_base and o200k_base, so that exact counts need no network. See README.md."""
