"""The front end's sources, and what builds the files of the pages from them; no part of what runs."""
