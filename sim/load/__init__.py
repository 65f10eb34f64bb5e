"""Load: many callers at once by SIPp, our file above, our judgement of what came of it."""
