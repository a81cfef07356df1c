"""An application package: a zip file under a version, which pools and tasks have put on their nodes.

Azure Resource Manager makes it (Application Package - Create); the data plane only refers to it.
"""

from __future__ import annotations

from typing import ClassVar

from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Asset, Bool, Id, Text, Version


class ApplicationPackage(Model):
    """An application package: files that Batch puts on nodes, under a version of an application.

    Without a `version` the package is called by its content: other files are another version, which the output
    `version` says, so that a pool whose `applicationPackageReferences` take it from there changes as well, and its
    `rollout` brings it to the nodes. The old package is deleted when nothing refers to it.

    It takes an Entra identity and the configuration's `accountResourceId`; an account key does not reach Azure Resource
    Manager. The Batch account needs an auto storage account. The application is made if it is not there, and never
    deleted.
    """

    id_form: ClassVar[str] = "applications/<applicationId>/versions/<version>"
    mutable: ClassVar[frozenset[str]] = frozenset(
        {"source", "contentHash", "displayName", "allowUpdates", "defaultVersion", "takeOver"}
    )

    applicationId: Id = prop(
        "Application that this is a version of: 1 to 64 letters, digits, hyphens and underscores, without case.",
        required=True,
    )
    version: Version | None = prop(
        "Version of the package: 1 to 64 letters, digits, dots, hyphens and underscores. Left out, 16 digits of the "
        "content's hash: another content is another version.",
    )
    source: Asset = prop(
        "What is in the package: an archive of a folder, of files, or of a zip or tar file, which is packed into a zip "
        "file if it is none; or an asset that is a zip file.",
        required=True,
        write_only=True,
        in_body=False,
    )
    contentHash: Text | None = prop(
        "SHA-256 of the names and contents of all files, in hexadecimal, which the provider fills in. Given, it is "
        "compared with that of `source`.",
        pattern="^[0-9a-f]{64}$",
        in_body=False,
    )
    displayName: Text | None = prop(
        "Name to show of the application. It is the application's: declare it on one of its packages.",
        max_length=1024,
        in_body=False,
    )
    allowUpdates: Bool | None = prop(
        "Whether packages of the application can get another content under the same version (of a new application: "
        "true). It is the application's: declare it on one of its packages.",
        in_body=False,
    )
    defaultVersion: Bool | None = prop(
        "Make this version the application's default, which is meant where a reference names no version (default "
        "false: the default version is left as it is).",
        default=False,
        in_body=False,
    )
    takeOver: Bool | None = prop(
        "Accept that a package of this version may exist, and upload the content in its place (default false: such a "
        "package is refused when this resource is created, unless its version comes from the content).",
        default=False,
        in_body=False,
    )
