"""Addresses inside the own network, and only those: what a name resolves to decides, and is what is connected to."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from bot.counts.errors import CountsUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

INSIDE = tuple(
    map(
        ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7"),
    )
)
"""Loopback and what is private; not link-local ones, where clouds answer machines about themselves."""


def is_inside(text: str) -> bool:
    """Whether an address is on loopback or in a private network.

    >>> [is_inside(text) for text in ("127.0.0.1", "192.168.7.7", "::1", "::ffff:10.0.0.7")]
    [True, True, True, True]
    >>> [is_inside(text) for text in ("1.1.1.1", "169.254.169.254", "0.0.0.0", "::ffff:1.1.1.1", "2606:4700::1111")]
    [False, False, False, False, False]
    """
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in INSIDE)


async def find_inside(host: str, port: int) -> str:
    """An address of a host, all of whose addresses are inside. Raises `CountsUnreadable`."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CountsUnreadable(f"{host} has no address; check the name in [[units]]") from None
    return chosen(host, [str(address[4][0]).partition("%")[0] for address in found])


def chosen(host: str, addresses: Iterable[str]) -> str:
    """The first of them, if all are inside: one that is not may answer next time. Raises `CountsUnreadable`."""
    known = list(addresses)
    if not known or not all(map(is_inside, known)):
        raise CountsUnreadable(f"{host} is not on loopback or in a private network; counts are read only inside it")
    return known[0]
