"""What a result looks like to people: pictures of pages, with what was found on them."""
