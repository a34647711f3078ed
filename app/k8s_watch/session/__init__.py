"""Sessions as files: recording and replay."""
