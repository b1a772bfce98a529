"""What was tried and how it went."""

import sys
import time


class Report:
    """Counts what holds; says at once what does not."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.limits = name, 0, [], []
        self.started = time.monotonic()

    def holds(self, what, condition, detail=""):
        """One thing that must be so."""
        if condition:
            self.passed += 1
        else:
            self.failed.append(what)
            print(f"  FAILED {what}" + (f": {detail}" if detail else ""), file=sys.stderr, flush=True)
        return bool(condition)

    def limit(self, what, still_so, detail=""):
        """One thing that does not work on tokens and stands in docs/limits.md. When it starts to work, the page is wrong."""
        self.limits.append(what)
        return self.holds(f"limit is as documented: {what}", still_so, detail)

    def step(self, what):
        print(f"  {time.monotonic() - self.started:6.1f} s  {what}", file=sys.stderr, flush=True)
