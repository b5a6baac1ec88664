"""Mails as people read them: words by language in templates, one page around them."""
