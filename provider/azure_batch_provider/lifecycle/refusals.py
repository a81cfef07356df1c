"""The catalogue of what is refused for any resource: a row for each refusal."""

from __future__ import annotations

from typing import Final

from azure_batch_provider.values.refusal import Refusal

HAND_OVER: Final = (
    "In one `pulumi up` an id can only be handed over by a resource with `deleteBeforeReplace: true`, to one that "
    "depends on it (`dependsOn`)."
)

# ids
ID_MALFORMED: Final = Refusal("id-malformed", "{id!r} is not an id of this resource: it must have the form {form}")
NAME_MISSING: Final = Refusal(
    "name-missing", "`{property}` must be given, because automatic naming is disabled for this stack"
)
ID_TAKEN: Final = Refusal(
    "id-taken",
    "{id} belongs to {urn}, and two resources cannot manage one id.",
    "If this is that resource under another name or parent, say so with `aliases`; otherwise declare another id. Where "
    f"ids move along a list, name the resources by id, not by index. {HAND_OVER}",
)
ID_NOT_LEFT: Final = Refusal("id-not-left", "{id} belongs to {urn}, which is replaced, but not deleted yet.", HAND_OVER)
REPLACED_NOT_DELETED: Final = Refusal(
    "replaced-not-deleted",
    "{id} is to be replaced under the same id, but has not been deleted, because of `retainOnDelete: true` or "
    "`deleteBeforeReplace: false`.",
    "Declare another id, or take that option away by a `pulumi up` of its own, before the change.",
)
REPLACED_BY_FORCE: Final = Refusal(
    "replaced-by-force",
    "{id} is to be replaced under the same id, but has not been deleted.",
    "A replacement that the program does not call for needs `deleteBeforeReplace: true`, and cannot be had with "
    "`retainOnDelete: true`.",
)

# what is there
EXISTS_AND_DIFFERS: Final = Refusal(
    "exists-and-differs",
    "{id} exists already and is not what is declared: {differences}.",
    "To manage what is there: {importing}.",
)
EXISTS_IN_STACK: Final = Refusal(
    "exists-in-stack",
    "{id} is in this stack already, has not been deleted, and is not what is declared: {differences}.",
    "To make it again under the same id, the resource that has it needs `deleteBeforeReplace: true`, and no "
    "`retainOnDelete: true`; otherwise declare another id.",
)
NOT_TAKEN_OVER: Final = Refusal(
    "not-taken-over",
    "{id} exists already and cannot be taken over, because the service does not let these change: {differences}.",
    "Declare them as they are, or delete the {noun}.",
)
DIFFERS: Final = Refusal(
    "differs",
    "{id} differs in what only a new {noun} can change: {differences}.",
    "`pulumi up --refresh` plans the replacement.",
)
CHANGED_MEANWHILE: Final = Refusal(
    "changed-meanwhile",
    "{id} was changed by another client while it was being updated, so nothing was written. Now: {differences}.",
    "Run `pulumi up` again.",
)
GONE: Final = Refusal(
    "gone",
    "{id} is gone, so this cannot be changed: {differences}.",
    "`pulumi up --refresh` makes it again.",
)
GONE_AND_IGNORED: Final = Refusal(
    "gone-and-ignored",
    "{id} is gone, so this cannot be changed: {differences}.",
    "For a new one declare `onMissing: recreate`, and make the change after that.",
)
UNREADABLE: Final = Refusal(
    "unreadable",
    "{id} could not be read: {error} The state is kept as it was.",
    "Run again when it can be read; `--target` works on other resources meanwhile.",
)
CREDENTIALS_REFUSED: Final = Refusal(
    "credentials-refused", "{id} could not be read: {error} The state is kept as it was."
)
DELETION_NOT_ALLOWED: Final = Refusal(
    "deletion-credentials-refused",
    "{id} could not be deleted in the account at {endpoint}: {error}",
    "What is deleted belongs to the last deployment, and so do the credentials for it: run `pulumi up` with valid ones "
    "first. If that account is not to be touched any more, `pulumi state delete` forgets it.",
)
IGNORED_ITEMS_MOVED: Final = Refusal(
    "ignored-items-moved",
    "The items of {properties} are not where they were, and `ignoreChanges` goes by position: an item would be given "
    "what belongs to another one. Nothing is written.",
    "Ignore the whole list: `ignoreChanges: [{names}]`.",
)

# the doors
NOT_CONFIGURED: Final = Refusal("not-configured", "The provider is not configured.")
CONNECTION_UNKNOWN: Final = Refusal(
    "connection-unknown",
    "The plugin does not know the connection {peer}: it ended, or it began without a handshake.",
    "Run the command again. A connection to a plugin that runs by itself ends when nothing is asked for half an hour.",
)
TYPE_UNKNOWN: Final = Refusal(
    "type-unknown",
    "{token} is not a resource type of this version of the {package} provider; it has {known}.",
)
NOT_RECORDED: Final = Refusal(
    "create-not-recorded",
    "{error} The dynamic provider cannot record {id} as half done: if it exists, the next `pulumi up` adopts it.",
)
REHEARSED: Final = Refusal(
    "rehearsed",
    "The state of {id} is that of a rehearsal: what it says has not been done in the account.",
    "Go on with the stack's own state. What a rehearsal writes is for `azure-batch-rehearse` only.",
)
ANOTHER_ACCOUNT: Final = Refusal(
    "another-account",
    "{urn} was made in the account at {there}, and the stack is configured for {here}.",
    "Set `azure-batch:endpoint` back to destroy it there first, or forget it with `pulumi state delete`.",
)

# Azure Resource Manager
ACCOUNT_ID_MISSING: Final = Refusal(
    "account-id-missing",
    "Application packages are made by Azure Resource Manager, and which account this is there is not configured.",
    "Set it (`pulumi config set azure-batch:accountResourceId /subscriptions/<id>/resourceGroups/<group>/providers/"
    "Microsoft.Batch/batchAccounts/<account>`), or AZURE_BATCH_ACCOUNT_RESOURCE_ID.",
)
PACKAGES_NOT_INSTALLED: Final = Refusal(
    "packages-not-installed",
    "Application packages take Microsoft's clients of Azure Resource Manager and of Storage, which are not installed "
    "where the plugin runs.",
    "Install them there, `{command}` for instance.",
)
