def test_x(conformance):
    print(conformance.results)
    print(conformance.idle)
