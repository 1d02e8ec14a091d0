"""Values of custom fields, and the run after their export."""


def give(scene, customer, **values):
    """Give a customer values of custom fields."""
    scene.person(customer, custom=values)


def assert_settled(scene):
    """Check that another run finds nothing to write."""
    scene.forget()
    report = scene.export()

    assert scene.salesforce.updates == []
    assert (report.updated, report.rejected, report.writes) == (0, 0, 0)
