"""Which addresses messages may be sent to: public ones alone, however they are written."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""This machine itself."""

_UNICAST: Final = IPv6Network("2000::/3")
"""All that IPv6 has given out to the public."""

_TUNNELS: Final = (IPv6Network("2001::/32"), IPv6Network("2002::/16"), IPv4Network("192.88.99.0/24"))
"""Teredo and 6to4: addresses within addresses, where nobody serves anything."""

_NAT64: Final = IPv6Network("64:ff9b::/96")


def may_connect(addresses: Iterable[str], *, networks: Sequence[IpNetwork] = ()) -> bool:
    """Return whether every one of a name's *addresses* is public or in one of *networks*.

    One that is not makes all suspect: who answers with both waits for the other to be taken.
    """
    return all(_is_allowed(ip_address(text), networks) for text in addresses)


def networks_of(texts: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Return networks that are written as `10.1.0.0/16`.

    Raises:
        ValueError: one is no network.
    """
    return tuple(ip_network(text) for text in texts)


def _is_allowed(address: IpAddress, networks: Sequence[IpNetwork]) -> bool:
    inner = _within(address)
    return _is_public(inner) or any(inner in network for network in networks)


def _within(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that *address* is another way to write, if it is one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address


def _is_public(address: IpAddress) -> bool:
    if address.is_multicast or address.is_reserved or any(address in tunnel for tunnel in _TUNNELS):
        return False
    return address.is_global and (isinstance(address, IPv4Address) or address in _UNICAST)
