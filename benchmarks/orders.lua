-- What wrk sends: orders of one to three items, of 10,000 products and 5,000 customers, one after the other on each
-- connection. All requests are made before the clock starts.
--
--   wrk … -s orders.lua URL -- [hot] [keyed | unkeyed] [sharded] [products=N] [customers=N] [requests=N]
--
-- hot: the first item of every order is of the same product. keyed: each request has an Idempotency-Key of its own;
-- unkeyed: the same bytes in a header that nobody reads, so that wrk has the same work. products, customers: of how many;
-- requests: how many different ones each thread makes, 5,000 unless it is said. PORTS in the environment ("3001,3011")
-- spreads the threads, and with them their connections, over several productd; sharded: each customer's orders go to the
-- same one.
--
-- Prints one line of JSON; percentiles are of the time from a request to its answer, in milliseconds.

local count = 5000
local of = {products = 10000, customers = 5000}
local threads = 0
local ports, shards = {}, nil
for port in (os.getenv("PORTS") or ""):gmatch("%d+") do ports[#ports + 1] = port end

function setup(thread)
    thread:set("number", threads)
    if #ports > 0 then thread.addr = wrk.lookup(wrk.host, ports[threads % #ports + 1])[1] end
    threads = threads + 1
end

local function id(kind, number)
    return string.format("01960000-0000-7000-8%s00-%012d", kind, number)
end

-- One of those whose shard this thread sends to, if there are shards.
local function customer()
    local any = math.random(of.customers) - 1
    return shards and any - any % shards + number % shards or any
end

local function order(isHot)
    local items = {}
    for place = 1, math.random(3) do
        local product = (isHot and place == 1) and 1 or math.random(of.products)
        items[place] = string.format('{"productId":"%s","quantity":%d}', id("a", product), math.random(3))
    end
    return string.format('{"customerId":"%s","items":[%s]}', id("c", customer()), table.concat(items, ","))
end

local requests, tails = {}, nil
local sent = 0

function init(arguments)
    local isHot, header = false, nil
    for _, word in ipairs(arguments) do
        if word == "hot" then isHot = true
        elseif word == "keyed" then header = "Idempotency-Key"
        elseif word == "unkeyed" then header = "Neglected--Name"
        elseif word == "sharded" then shards = #ports
        elseif word:match("^requests=") then count = tonumber(word:match("%d+"))
        else of[word:match("^%a+")] = tonumber(word:match("%d+")) end
    end
    math.randomseed(os.time() * 16 + number)
    local first = os.time() .. "-" .. number .. "-"
    if header then tails = {} end
    for i = 1, count do
        local body = order(isHot)
        local head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host
            .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n"
        if header then
            requests[i] = head .. header .. ": " .. first
            tails[i] = "\r\n\r\n" .. body
        else
            requests[i] = head .. "\r\n" .. body
        end
    end
end

function request()
    sent = sent + 1
    local i = (sent - 1) % count + 1
    if tails then return requests[i] .. sent .. tails[i] end
    return requests[i]
end

function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f,"max":%.3f}\n',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(90) / 1000, latency:percentile(99) / 1000,
        latency:percentile(99.9) / 1000, latency.max / 1000))
end
