"""Spring Cloud Gateway: a gateway that is a service of the app."""
