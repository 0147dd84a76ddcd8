"""Deploying and removing stacks with the real `cdk`, on AWS or on the embedded AWS."""
