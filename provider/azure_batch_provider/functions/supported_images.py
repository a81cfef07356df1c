"""getSupportedImages: the images that nodes can be made from (Account - List Supported Images)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_batch_provider.batch.operations import LIST_SUPPORTED_IMAGES
from azure_batch_provider.functions.reading import Filtered, Listed, Reading, Result
from azure_batch_provider.models.attribute import prop
from azure_batch_provider.models.base import Model
from azure_batch_provider.models.scalars import Text, Time


class GetSupportedImages(Filtered):
    """Reads which images of the marketplace the nodes of a pool can be made from, each with its node agent."""


class SupportedImageReference(Model):
    """An image of the marketplace."""

    publisher: Text | None = prop("Publisher of the image.")
    offer: Text | None = prop("Offer of the image.")
    sku: Text | None = prop("SKU of the image.")
    version: Text | None = prop("Version of the image.")


class SupportedImage(Model):
    """An image with the node agent that runs on it."""

    nodeAgentSKUId: Text = prop("Node agent for the image: what a pool gives as `nodeAgentSKUId`.", required=True)
    imageReference: SupportedImageReference = prop("The image.", required=True)
    osType: Text | None = prop("`linux` or `windows`.")
    capabilities: list[Text] | None = prop("What comes with it, such as `DockerCompatible`.")
    batchSupportEndOfLife: Time | None = prop("From when on the service takes no new pools of it.")
    verificationType: Text | None = prop("`verified`, or `unverified` where only parts were tried by the service.")


class SupportedImages(Listed):
    """The images that nodes can be made from."""

    images: list[SupportedImage] = prop("The images, in the service's order.", required=True)


def get_supported_images(reading: Reading, asked: Mapping[str, Any]) -> Result:
    found, more = reading.listed(LIST_SUPPORTED_IMAGES, asked=asked)
    return {"images": [reading.shown(SupportedImage, image) for image in found], "hasMore": more}
