"""Where rows come from: lists, and files of several formats."""
