"""HTTP to addresses inside: bounded in time and size, without redirects, proxies or a second look at the name."""

from __future__ import annotations

import ssl

import httpx

from bot.counts.errors import CountsUnreadable
from bot.counts.inside import find_inside

SECONDS = 10.0
MOST_BYTES = 5_000_000
OK = 200
PORTS = {"http": 80, "https": 443}


async def fetch_inside(url: str, parameters: dict[str, str] | None = None) -> str:
    """What is at an address, as text. Raises `CountsUnreadable`."""
    asked = read_url(url)
    if parameters:
        asked = asked.copy_merge_params(parameters)
    # What the name stands for is looked up once: the address that was found to be inside is the one connected to.
    address = await find_inside(asked.host, asked.port or PORTS[asked.scheme])
    verify: ssl.SSLContext | bool = ssl.create_default_context() if asked.scheme == "https" else False
    try:
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS, verify=verify) as client:
            request = client.build_request(
                "GET",
                asked.copy_with(host=address),
                headers={"Host": asked.netloc.decode()},
                extensions={"sni_hostname": asked.host},
            )
            return await received(client, request, host=asked.host)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
        raise CountsUnreadable(f"{asked.host} {reason}; check that it runs, and the address in [[units]]") from None


def read_url(url: str) -> httpx.URL:
    """An address that can be asked. Raises `CountsUnreadable`."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        raise CountsUnreadable("the address is none that can be asked; check url = in [[units]]") from None


async def received(client: httpx.AsyncClient, request: httpx.Request, *, host: str) -> str:
    """The body of an answer that is one. Raises `CountsUnreadable`, `httpx.HTTPError`."""
    answer = await client.send(request, stream=True)
    try:
        if answer.is_redirect:
            raise CountsUnreadable(
                f"{host} sends elsewhere, which is not followed; give the final address in [[units]]"
            )
        if answer.status_code != OK:
            raise CountsUnreadable(f"{host} answered {answer.status_code}; check the address and query in [[units]]")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise CountsUnreadable(
                    f"{host} sends more than {MOST_BYTES // 1_000_000} MB; give days and counts alone"
                )
    finally:
        await answer.aclose()
    return body.decode("utf-8-sig", errors="replace")
