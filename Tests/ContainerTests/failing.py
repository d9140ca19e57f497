"""What breaks, and what the healthchecks and the restart policy make of it."""

import os
import signal

import shop
import shoppers
from promises import eventually, expect, promise


@promise("healthchecks mean it: who does not answer is unhealthy, and so is the daemon without its database")
def unhealthy():
    frozen = shop.processes("products-db") + shop.processes("customerd")
    shop.execute("rabbitmq", "rabbitmqctl", "stop_app")
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        for service in ("products-db", "productd", "customerd", "rabbitmq"):
            eventually(f"{service} is unhealthy", lambda service=service: shop.health(service) == "unhealthy", 150)
        expect(shop.health("customers-db") == "healthy", "customers-db is unhealthy, too")
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
        shop.execute("rabbitmq", "rabbitmqctl", "start_app")
    eventually("everything is healthy again", shop.is_healthy, 150)


@promise("while the broker's container is paused orders are taken, the daemons stay healthy, and nothing is lost")
def broker_paused():
    with shoppers.Shoppers() as customers:
        customers.await_orders(50)
        shop.compose("pause", "rabbitmq")
        try:
            customers.await_orders(200)
            eventually("productd notices", lambda: shop.ask("productd", "/readyz")[1]["status"] == "degraded", 90)
            expect(shop.is_healthy("productd", "customerd"), "a daemon is unhealthy without the broker")
        finally:
            shop.compose("unpause", "rabbitmq")
        customers.await_orders(50)
    customers.expect_all_counted()
    eventually("everything is healthy again", shop.is_healthy, 120)


@promise("who is killed under load comes back by itself, and nothing is lost")
def killed():
    with shoppers.Shoppers() as customers:
        for service in ("rabbitmq", "productd", "customerd", "products-db", "customers-db"):
            customers.await_orders(50)
            before = shop.container(service)["RestartCount"]
            os.kill(shop.processes(service)[0], signal.SIGKILL)
            eventually(
                f"{service} is started again",
                lambda service=service, before=before: shop.container(service)["RestartCount"] > before)
            eventually(f"{service} is healthy again", lambda service=service: shop.health(service) == "healthy", 120)
        customers.await_orders(50)
    customers.expect_all_counted()
    eventually("everything is healthy again", shop.is_healthy, 120)
