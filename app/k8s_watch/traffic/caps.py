"""What no burst may exceed, whatever was asked: both sides hold to it."""

MOST_SECONDS = 600.0
MOST_REQUESTS = 5_000_000  # 600 s at 8,300 a second, more than one process of ours can do
MOST_AT_ONCE = 500  # half of the usual limit of open files
