-- What wrk prints of pages that it has read: one line of JSON; percentiles are of the time from a request to its answer, in
-- milliseconds.

function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"refused":%d,"broken":%d,"p50":%.3f,"p99":%.3f}\n', summary.requests,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
