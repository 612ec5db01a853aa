"""Judgements over plans: the schema, the rules, the ignore comments."""

from smartplan.lint import rules as rules  # importing a family registers its rules
