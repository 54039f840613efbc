"""See a data set, its labels and its errors: previews, error budgets, statistics, reports."""
