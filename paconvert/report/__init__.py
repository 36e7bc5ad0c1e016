"""What a run tells: a summary for people, a document for programs, a log."""
