"""The gunicorn worker that reads requests whole and writes answers from memory: no slow client holds a thread."""
