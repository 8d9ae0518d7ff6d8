"""oauth2-proxy: logins."""
