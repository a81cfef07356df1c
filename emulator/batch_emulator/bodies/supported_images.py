"""The images that "Account - List Supported Images" answers with, one row an image.

A selection of what the service offers, each of which a pool can be made from; `images` takes many more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_DOCKER = ("DockerCompatible",)
_DOCKER_RDMA = ("DockerCompatible", "NvidiaTeslaDriverInstalled")
_WINDOWS = "batch.node.windows amd64"


@dataclass(frozen=True)
class SupportedImage:
    """`ends` is when the service takes no new pools of it, where it has said so."""

    agent: str
    publisher: str
    offer: str
    sku: str
    capabilities: tuple[str, ...] = ()
    verification: str = "verified"
    ends: str | None = None

    @property
    def system(self) -> str:
        return "windows" if self.agent == _WINDOWS else "linux"

    def shown(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "nodeAgentSKUId": self.agent,
            "imageReference": {
                "publisher": self.publisher,
                "offer": self.offer,
                "sku": self.sku,
                "version": "latest",
            },
            "osType": self.system,
        }
        if self.capabilities:
            body["capabilities"] = list(self.capabilities)
        if self.ends is not None:
            body["batchSupportEndOfLife"] = self.ends
        return {**body, "verificationType": self.verification}


def _windows(sku: str, *capabilities: str, verification: str = "verified") -> SupportedImage:
    return SupportedImage(
        _WINDOWS, "microsoftwindowsserver", "windowsserver", sku, capabilities, verification=verification
    )


SUPPORTED_IMAGES = (
    SupportedImage("batch.node.el 8", "almalinux", "almalinux-x86_64", "8-gen1"),
    SupportedImage("batch.node.el 8", "almalinux", "almalinux-x86_64", "8-gen2"),
    SupportedImage("batch.node.el 8", "almalinux", "almalinux-hpc", "8_7-hpc-gen2"),
    SupportedImage("batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen1"),
    SupportedImage("batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen2"),
    SupportedImage("batch.node.debian 11", "debian", "debian-11", "11", ends="2026-08-31T00:00:00Z"),
    SupportedImage("batch.node.debian 11", "debian", "debian-11", "11-gen2", ends="2026-08-31T00:00:00Z"),
    SupportedImage("batch.node.debian 12", "debian", "debian-12", "12"),
    SupportedImage("batch.node.debian 12", "debian", "debian-12", "12-gen2"),
    SupportedImage("batch.node.ubuntu 20.04", "canonical", "0001-com-ubuntu-server-focal", "20_04-lts"),
    SupportedImage("batch.node.ubuntu 20.04", "canonical", "0001-com-ubuntu-server-focal", "20_04-lts-gen2"),
    SupportedImage("batch.node.ubuntu 20.04", "microsoft-azure-batch", "ubuntu-server-container", "20-04-lts", _DOCKER),
    SupportedImage(
        "batch.node.ubuntu 20.04", "microsoft-azure-batch", "ubuntu-server-container-rdma", "20-04-lts", _DOCKER_RDMA
    ),
    SupportedImage("batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts"),
    SupportedImage("batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
    SupportedImage("batch.node.ubuntu 22.04", "microsoft-dsvm", "ubuntu-hpc", "2204", _DOCKER_RDMA),
    SupportedImage("batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server", verification="unverified"),
    SupportedImage(
        "batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server-gen1", verification="unverified"
    ),
    _windows("2016-datacenter"),
    _windows("2016-datacenter-with-containers", *_DOCKER),
    _windows("2019-datacenter"),
    _windows("2019-datacenter-core"),
    _windows("2019-datacenter-core-with-containers", *_DOCKER),
    _windows("2019-datacenter-smalldisk"),
    _windows("2019-datacenter-with-containers", *_DOCKER),
    _windows("2022-datacenter"),
    _windows("2022-datacenter-core"),
    _windows("2022-datacenter-azure-edition", verification="unverified"),
    _windows("2022-datacenter-smalldisk"),
)
