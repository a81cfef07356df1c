"""The marketplace images that nodes can be made from.

The service answers "Account - List Supported Images" with thousands; here is which SKUs an offer has, by pattern.
"""

from __future__ import annotations

import re
from typing import Final

from batch_emulator.state.ids import folded

_GENERATION: Final = r"(-gen[12])?"
_WINDOWS: Final = r"(20(16|19|22|25)|2012-r2)-datacenter([a-z0-9-]*)"
_YEARS: Final = r"(14|16|18|20|22|24)[-_.]?04([a-z0-9._-]*)"

_OFFERED: Final = {
    ("almalinux", "almalinux"): rf"[89]([_.]\d+)?{_GENERATION}",
    ("almalinux", "almalinux-hpc"): rf"[89]([_.]\d+)?(-hpc)?{_GENERATION}",
    ("almalinux", "almalinux-x86_64"): rf"[89]([_.]\d+)?{_GENERATION}",
    ("canonical", "0001-com-ubuntu-server-focal"): rf"20_04-lts{_GENERATION}",
    ("canonical", "0001-com-ubuntu-server-jammy"): rf"22_04-lts{_GENERATION}",
    ("canonical", "ubuntu-24_04-lts"): r"(server|minimal)(-gen1)?",
    ("canonical", "ubuntuserver"): _YEARS,
    ("credativ", "debian"): r"[89]|10",
    ("debian", "debian-10"): rf"10{_GENERATION}",
    ("debian", "debian-11"): rf"11{_GENERATION}",
    ("debian", "debian-12"): rf"12{_GENERATION}",
    ("microsoft-azure-batch", "centos-container"): r"7-[4-9]",
    ("microsoft-azure-batch", "centos-container-rdma"): r"7-[4-9]",
    ("microsoft-azure-batch", "ubuntu-server-container"): _YEARS,
    ("microsoft-azure-batch", "ubuntu-server-container-rdma"): _YEARS,
    ("microsoft-dsvm", "ubuntu-hpc"): _YEARS,
    ("microsoftwindowsserver", "windowsserver"): _WINDOWS,
    ("openlogic", "centos"): r"[678][._]\d+",
    ("openlogic", "centos-hpc"): r"[678][._]\d+",
    ("oracle", "oracle-linux"): r"[678][._a-z0-9]+",
}


def is_offered(publisher: str, offer: str, sku: str) -> bool:
    """Case does not matter."""
    skus = _OFFERED.get((folded(publisher), folded(offer)))
    return skus is not None and re.fullmatch(skus, folded(sku), re.ASCII) is not None
