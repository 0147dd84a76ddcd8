"""The API in front of the server: addresses, access, domain and firewall."""
