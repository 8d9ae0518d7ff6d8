"""A config server, a client and gateways of Spring Cloud, built with Maven for the tests."""
