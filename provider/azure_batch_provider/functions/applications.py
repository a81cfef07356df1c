"""getApplications: which application packages the account has (Applications - List)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.batch.operations import LIST_APPLICATIONS
from azure_batch_provider.functions.reading import Bounded, Listed, Reading, Result
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Text


class GetApplications(Bounded):
    """Reads the applications of the account, with the versions of their packages that nodes can be given."""


class Application(Model):
    """An application, whose packages are put on nodes."""

    applicationId: Text = prop("Id of the application in its account.", required=True, wire_name="id")
    displayName: Text | None = prop("Name to show.")
    versions: list[Text] = prop("Versions of its packages.", required=True)


class Applications(Listed):
    """The applications of the account."""

    applications: list[Application] = prop("The applications, in the service's order.", required=True)


def get_applications(reading: Reading, asked: Mapping[str, Any]) -> Result:
    found, more = reading.listed(LIST_APPLICATIONS, asked=asked)
    return {"applications": [reading.shown(Application, one) for one in found], "hasMore": more}
