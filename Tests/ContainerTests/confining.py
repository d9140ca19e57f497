"""What a container may do, and what can be learned from outside of it."""

import json

import shop
from promises import expect, promise


@promise("no container has root, a capability, a way to more, or a root file system that it could write to")
def confined():
    for service in shop.services:
        seen = dict(
            line.split(":", 1) for line in shop.execute(service, "cat", "/proc/1/status").splitlines())
        expect("0" not in seen["Uid"].split(), f"{service} runs as {seen['Uid']}")
        for name in ("CapPrm", "CapEff", "CapInh", "CapBnd", "CapAmb"):
            expect(int(seen[name], 16) == 0, f"{service} has {name} {seen[name]}")
        expect(seen["NoNewPrivs"].strip() == "1", f"{service} may gain privileges")
        written = shop.execute(service, "sh", "-c", "echo x >/etc/x; echo x >/usr/x; echo x >/x", check=False)
        expect(written.count("Read-only file system") == 3, f"{service} can write: {written}")
        expect(shop.container(service)["HostConfig"]["Privileged"] is False, f"{service} is privileged")


@promise("the container that writes the secrets has no root, no capability and no network either")
def credentials():
    seen = shop.container("credentials")
    expect(seen["Config"]["User"] == "10010:10010", f"it runs as {seen['Config']['User']}")
    expect(seen["HostConfig"]["CapDrop"] == ["ALL"] and not seen["HostConfig"]["CapAdd"], "it has capabilities")
    expect(seen["HostConfig"]["NetworkMode"] == "none", "it has a network")


@promise("no secret is seen in docker inspect, in the image or in the logs")
def secrets():
    names = [shop.compose("ps", "--all", "--quiet", service).strip() for service in (*shop.services, "credentials")]
    seen = shop.docker("inspect", *names) + shop.docker("inspect", "tradepost") + shop.logged_since(0)
    seen += shop.docker("history", "--no-trunc", "tradepost")
    for name, password in shop.passwords.items():
        expect(password not in seen, f"{name} can be read")
    for service in shop.services:
        arguments = shop.execute(service, "sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null", check=False)
        for name, password in shop.passwords.items():
            expect(password not in arguments, f"{name} is among what a process of {service} was started with")


@promise("each service can read its own secrets, and none of another's")
def own_secrets():
    for reader in shop.services:
        for owner in shop.services:
            listed = shop.execute(reader, "sh", "-c", f"cat /run/credentials/{owner}/*", check=False)
            if owner == reader:
                expect(any(password in listed for password in shop.passwords.values()), f"{reader} cannot read: {listed}")
            else:
                expect("Permission denied" in listed, f"{reader} can read what is {owner}'s")


@promise("the databases are reached by their own daemon, and by nobody else")
def networks():
    published = {
        service: [port for port in shop.container(service)["NetworkSettings"]["Ports"].values() if port]
        for service in shop.services
    }
    for service in ("products-db", "customers-db"):
        expect(not published[service], f"{service} is published at {published[service]}")
    for service in ("rabbitmq", "productd", "customerd"):
        addresses = {entry["HostIp"] for port in published[service] for entry in port}
        expect(addresses == {"127.0.0.1"}, f"{service} is published at {json.dumps(published[service])}")
    refused = shop.execute("customerd", "curl", "--max-time", "5", "http://products-db:5432", check=False)
    expect("Could not resolve host" in refused, f"customerd reaches productd's database: {refused}")


@promise("the image has no compiler, no source and no shell that anybody is logged in to, and weighs less than 400 MB")
def image():
    seen = json.loads(shop.docker("inspect", "tradepost"))[0]
    expect(seen["Config"]["User"] not in ("", "root", "0"), f"it runs as {seen['Config']['User']!r}")
    found = shop.execute("productd", "sh", "-c", "command -v swift gcc git; ls /source", check=False)
    expect("No such file" in found and "/swift" not in found, f"it has: {found}")
    slim = json.loads(shop.docker("inspect", "debian:bookworm-slim"))[0]["Size"]
    expect(seen["Size"] - slim < 250_000_000, f"{seen['Size'] - slim} bytes more than Debian")
