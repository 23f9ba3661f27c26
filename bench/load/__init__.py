"""The load generator: schedules, targets, outcomes and what they add up to."""
