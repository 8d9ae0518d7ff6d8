"""A config server and a client of Spring Cloud, built with Maven for the tests."""
