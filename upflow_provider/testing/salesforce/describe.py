"""What the fake Salesforce tells of Accounts as such."""

from collections.abc import Iterable, Mapping
from typing import Any

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import PREFIX

_ABOUT: dict[str, Any] = {
    "actionOverrides": [],
    "activateable": False,
    "associateEntityType": None,
    "associateParentEntity": None,
    "childRelationships": [],
    "compactLayoutable": True,
    "createable": False,
    "custom": False,
    "customSetting": False,
    "deepCloneable": False,
    "defaultImplementation": None,
    "deletable": False,
    "deprecatedAndHidden": False,
    "extendedBy": None,
    "extendsInterfaces": None,
    "feedEnabled": True,
    "hasSubtypes": False,
    "implementedBy": None,
    "implementsInterfaces": None,
    "isInterface": False,
    "isSubtype": False,
    "keyPrefix": PREFIX,
    "label": "Account",
    "labelPlural": "Accounts",
    "layoutable": True,
    "listviewable": None,
    "lookupLayoutable": None,
    "mergeable": True,
    "mruEnabled": True,
    "name": "Account",
    "namedLayoutInfos": [],
    "networkScopeFieldName": None,
    "queryable": True,
    "recordTypeInfos": [],
    "replicateable": True,
    "retrieveable": True,
    "searchLayoutable": True,
    "searchable": True,
    "sobjectDescribeOption": "FULL",
    "supportedScopes": [{"label": "All accounts", "name": "everything"}],
    "triggerable": True,
    "undeletable": True,
}
"""What is the same for every user here: nobody may make or delete Accounts over the API."""


def describe(
    fields: Iterable[Field], version: str, url: str, *, updateable: bool, about: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Return the describe answer of Account, which depends on the user.

    Args:
        fields: The fields that the user can see.
        version: As in the path: ``v59.0``.
        url: Root URL of the org.
        updateable: Whether the user may edit Accounts.
        about: What a real org described besides its fields; empty without one.
    """
    path = f"/services/data/{version}/sobjects/Account"
    urls = {
        "describe": f"{path}/describe",
        "rowTemplate": f"{path}/{{ID}}",
        "sobject": path,
        "uiDetailTemplate": f"{url}/{{ID}}",
        "uiEditTemplate": f"{url}/{{ID}}/e",
        "uiNewRecord": f"{url}/{PREFIX}/e",
    }
    return {**_ABOUT, **about, "fields": list(fields), "updateable": updateable, "urls": urls}
