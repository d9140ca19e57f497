# shellcheck shell=bash
# The demonstration: a small catalogue, one order on its way from productd over RabbitMQ to customerd's statistics, and
# two more in a file.
#
# Promises: the products have fixed ids and are loaded once; every command that is shown is the one that is run.

demo_customer=01960000-0000-7000-8000-0000000000c1

load_catalogue() {
    local line id status loaded=0 products
    products=$(daemon_address productd)/products
    while read -r line; do
        id=$(jq -r .id <<<"$line")
        status=$(curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' "$products/$id")
        [[ $status == 404 ]] || continue
        curl -fsS --noproxy '*' -o /dev/null -H 'Content-Type: application/json' -d "$line" "$products" ||
            fail "productd did not take the product $id of $here/demo/products.ndjson"
        loaded=$((loaded + 1))
    done <"$here/demo/products.ndjson"
    ((loaded == 0)) || say "loaded a catalogue of $loaded products"
}

# show COMMAND: prints a command as one would type it, runs it, and prints what it answers.
show() {
    printf '\n$ %s\n' "$1"
    eval "$1" >"$state/run/answer" || fail "that command failed"
    # As it came: jq would show 129.90 as 129.9.
    [[ ! -s $state/run/answer ]] || printf '%s\n' "$(<"$state/run/answer")"
}

statistics_show() {
    curl -sS --noproxy '*' --max-time 5 "$(daemon_address customerd)/customers/$demo_customer/orders" 2>/dev/null |
        grep -q "$1"
}

place_order() {
    local order began=$SECONDS key
    export no_proxy=localhost
    key=demo-$(date +%Y%m%d-%H%M%S)
    show "curl -s $(daemon_address productd)/orders -H 'Content-Type: application/json' -H 'Idempotency-Key: $key' -d '
  {\"customerId\": \"$demo_customer\", \"name\": \"Ada Byron\", \"email\": \"ada@example.com\",
   \"items\": [{\"productId\": \"01960000-0000-7000-8000-000000000001\", \"quantity\": 1},
             {\"productId\": \"01960000-0000-7000-8000-000000000006\", \"quantity\": 3}]}'"
    order=$(jq -r '.id // empty' "$state/run/answer")
    [[ -n $order ]] || fail "productd did not take the order; its answer is above"
    await "waiting for the statistics to show order $order" 30 statistics_show "$order" ||
        fail "customerd does not show order $order after 30 s; see $state/log/productd.log and customerd.log"
    show "curl -s $(daemon_address customerd)/customers/$demo_customer/orders"
    rm -f -- "$state/run/answer"
    printf '\nThe order reached the statistics within %d s.\n' "$((SECONDS - began + 1))"
}

receipt_is_there() {
    compgen -G "$state/spool/receipts/demo/$1.*.json" >/dev/null
}

# Written under a name that waits, then renamed: whatever has its final name is whole.
drop_file() {
    local spool=.local/spool name
    name=orders-$(date +%Y%m%d-%H%M%S).csv
    cd -- "$root"
    show "cat > $spool/drop/demo/.$name <<END
externalId,customerId,sku,quantity
$name-1,$demo_customer,KBD-87-US,1
$name-1,$demo_customer,MOU-ERG,2
$name-2,$demo_customer,MOU-ERG,1
END
mv $spool/drop/demo/.$name $spool/drop/demo/$name"
    await "waiting for the file's receipt" 30 receipt_is_there "$name" ||
        fail "there is no receipt for $name after 30 s; see $state/log/productd.log"
    show "cat $spool/receipts/demo/$name.*.json"
    rm -f -- "$state/run/answer"
}
