"""Images from outside, and as pictures: folders, zips, class names, PNG."""
