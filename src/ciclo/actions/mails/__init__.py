"""Mails: written with what they tell, sent by the mailer."""
