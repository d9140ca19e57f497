"""From a fresh checkout to a shop that is up."""

import subprocess

import shop
from promises import expect, promise


@promise("docker compose takes the file as it is, and says what is missing where there is no .env")
def configuration():
    shop.compose("config", "--quiet")
    refused = shop.compose("config", "--quiet", env_file="/dev/null", check=False)
    expect("copy .env.example to .env and set the passwords in it" in refused, f"it says: {refused}")


@promise("docker compose up --build is all that it takes: image built, everything healthy", first=True)
def first_start():
    shop.up()
    expect(shop.is_healthy(), shop.compose("ps", "--all"))


@promise("a password that is missing, or that no URL can have, is named before anything starts")
def bad_passwords():
    for name in shop.passwords:
        for password, reason in (("", "is empty"), ("not/for@a:URL", "has other characters")):
            refused = shop.compose(
                "run", "--rm", "--no-deps", "--no-TTY", "credentials",
                env_file=shop.settings(**{name: password}), check=False)
            expect(f"{name} {reason}" in refused, f"with {name}={password!r} it says: {refused}")
    shop.settings()


@promise("RabbitMQ's management page lets in who has the password of .env, and nobody else")
def management():
    def answer(password):
        command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--config", "-"]
        text = f'url = "http://localhost:15672/api/overview"\nuser = "tradepost:{password}"\n'
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=True).stdout

    expect(answer(shop.passwords["RABBITMQ_PASSWORD"]) == "200", "the password of .env is refused")
    expect(answer("wrong") == "401", "another password is not refused")
