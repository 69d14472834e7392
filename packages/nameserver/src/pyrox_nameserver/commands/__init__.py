"""The functions behind the commands; each module is imported when one of its commands is used."""
