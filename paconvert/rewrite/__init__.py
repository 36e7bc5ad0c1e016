"""From uses of APIs to edits."""
