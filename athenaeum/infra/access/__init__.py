"""Roles that a repository's workflows may assume."""
