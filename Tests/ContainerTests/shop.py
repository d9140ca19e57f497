"""The shop as docker-compose.yml describes it, and what a person does with it."""

import json
import os
import pathlib
import secrets
import subprocess
import tempfile
import urllib.error
import urllib.request

from promises import expect

checkout = "."
services = ("products-db", "customers-db", "rabbitmq", "productd", "customerd")
port = {"productd": 3001, "customerd": 3002}

passwords = {
    name: secrets.token_hex(24) for name in ("PRODUCTS_DB_PASSWORD", "CUSTOMERS_DB_PASSWORD", "RABBITMQ_PASSWORD")
}


def settings(**changes):
    """An .env file as a person makes it of .env.example; the checkout's own is not touched."""
    example = pathlib.Path(checkout, ".env.example").read_text()
    for name, password in {**passwords, **changes}.items():
        expect(f"\n{name}=\n" in example, f".env.example does not ask for {name}")
        example = example.replace(f"\n{name}=\n", f"\n{name}={password}\n")
    file = pathlib.Path(tempfile.gettempdir(), f"tradepost-{os.getpid()}.env")
    file.write_text(example)
    return file


def compose(*words, env_file=None, text=None, check=True, seconds=120):
    """Runs `docker compose …` in the checkout; returns what it printed on standard output, or all of it if it failed."""
    command = ["docker", "compose", "--env-file", str(env_file or settings()), "--progress", "plain", *words]
    # Variables of whoever runs the tests would come before those of the file.
    known = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG")
    environment = {name: os.environ[name] for name in known if name in os.environ}
    done = subprocess.run(
        command, cwd=checkout, env=environment, input=text, capture_output=True, text=True, timeout=seconds, check=False)
    expect(
        not check or done.returncode == 0,
        f"`docker compose {' '.join(words)}` ended with {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout if check else done.stdout + done.stderr


def docker(*words):
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=120, check=False)
    expect(done.returncode == 0, f"`docker {' '.join(words)}` ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def execute(service, *words, text=None, check=True, seconds=120):
    """Runs a command in a service's container, as the user that the service is."""
    return compose("exec", "--no-TTY", service, *words, text=text, check=check, seconds=seconds)


def container(service):
    """What `docker inspect` says of a service's container."""
    name = compose("ps", "--all", "--quiet", service).strip()
    return json.loads(docker("inspect", name))[0]


def health(service):
    return container(service)["State"]["Health"]["Status"]


def is_healthy(*which):
    return all(health(service) == "healthy" for service in which or services)


def processes(service):
    """The processes of a service, as this side of their namespace calls them; the first one first."""
    first = container(service)["State"]["Pid"]
    listed = docker("top", container(service)["Id"], "-eo", "pid").split()[1:]
    return [first, *(int(pid) for pid in listed if int(pid) != first)]


def up():
    """What a person does first. Compose has the engine build the image, and waits until everything is healthy."""
    return compose("up", "--build", "--detach", "--wait", seconds=3600)


def close_down():
    compose("down", "--volumes", "--timeout", "10", check=False)
    settings().unlink()


def logged_since(began):
    """What all containers say from a time on, in seconds since 1970."""
    since = f"--since={began:.0f}"
    return compose("ps", "--all", check=False) + compose("logs", "--no-color", "--timestamps", since, check=False)


def ask(service, path, document=None, headers=None, method=None):
    """A request to a daemon's published port: the status, and the answer as JSON, or as text if it is none."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(
        f"http://localhost:{port[service]}{path}", data=body, method=method,
        headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


def statistics(customer):
    return ask("customerd", f"/customers/{customer}/orders")[1]


def psql(service, statement):
    """One value, or nothing."""
    user, database = {"products-db": ("productd", "products_db"), "customers-db": ("customerd", "customers_db")}[service]
    return execute(
        service, "psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--username={user}", f"--dbname={database}",
        text=statement).strip()
