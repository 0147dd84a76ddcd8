"""The zips that are deployed. No CDK here."""
