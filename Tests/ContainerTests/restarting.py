"""What outlasts the containers, and what changes with them."""

import uuid

import shop
import shoppers
from promises import eventually, expect, promise


def orders_on_their_way():
    """Leaves three orders in the broker's queue; returns their customer."""
    customer = str(uuid.uuid4())
    shoppers.stock_up()
    shop.compose("stop", "customerd")
    for _ in range(3):
        status, answer = shoppers.order(customer)
        expect(status == 201, f"{status} {answer}")
    eventually("they are in the queue", lambda: shop.psql("products-db", "SELECT count(*) FROM outbox") == "0")
    return customer


@promise("docker compose restart under load loses nothing")
def restart():
    with shoppers.Shoppers() as customers:
        customers.await_orders(50)
        shop.compose("restart", seconds=300)
        customers.await_orders(50)
    customers.expect_all_counted()


@promise("docker compose down and up keep all that was in the volumes: orders, statistics, messages, files")
def down_and_up():
    customer = orders_on_their_way()
    files = shop.execute("productd", "sh", "-c", "find /var/spool/productd -name '*.csv*' | sort")
    shop.compose("down", seconds=300)
    shop.up()
    eventually("the orders are counted", lambda: shop.statistics(customer)["totalOrders"] == 3)
    kept = shop.execute("productd", "sh", "-c", "find /var/spool/productd -name '*.csv*' | sort")
    expect(kept == files, f"the files were\n{files}and are\n{kept}")


@promise("passwords are changed as docs/operating.md says, without a restart of the daemons")
def new_passwords():
    shoppers.stock_up()
    started = [shop.container(service)["State"]["StartedAt"] for service in ("productd", "customerd")]
    new = {name: uuid.uuid4().hex for name in shop.passwords}
    shop.execute("rabbitmq", "rabbitmqctl", "change_password", "tradepost", text=new["RABBITMQ_PASSWORD"] + "\n")
    shop.psql("products-db", f"ALTER ROLE productd PASSWORD '{new['PRODUCTS_DB_PASSWORD']}'")
    shop.psql("customers-db", f"ALTER ROLE customerd PASSWORD '{new['CUSTOMERS_DB_PASSWORD']}'")
    shop.passwords.update(new)
    shop.compose("up", "--detach", "--no-deps", "--force-recreate", "credentials")
    eventually("they are written", lambda: shop.container("credentials")["State"]["Status"] == "exited")
    for daemon, tool in (("productd", "productctl"), ("customerd", "customerctl")):
        shop.execute(daemon, tool, "reload")
    for service in ("products-db", "customers-db"):
        shop.psql(service, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL")
    shop.execute("rabbitmq", "rabbitmqctl", "close_all_connections", "new passwords")
    customer = str(uuid.uuid4())
    eventually("an order is taken", lambda: shoppers.order(customer, customer)[0] in (201, 200))
    eventually("it is counted", lambda: shop.statistics(customer)["totalOrders"] == 1)
    eventually("everything is healthy", shop.is_healthy)
    now = [shop.container(service)["State"]["StartedAt"] for service in ("productd", "customerd")]
    expect(started == now, "a daemon was restarted")
