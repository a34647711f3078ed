"""The same View without a screen: plain lines and JSON."""
