"""What a measurement leaves behind: tables and charts for the terminal, Markdown and HTML, and JSON."""
