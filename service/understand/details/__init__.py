"""The details of an errand that a customer told: items, numbers, dates, times, references, choices and flags."""
