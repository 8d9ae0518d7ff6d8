"""The classes of Strimzi's API, with which its operators read their objects."""
