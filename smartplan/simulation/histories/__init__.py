"""Files of prices as people have them: recognised by content, checked, read once."""
