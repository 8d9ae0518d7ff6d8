PASSED = ()
NOT_PASSED: dict[str, str] = {}
