-- For wrk with one thread: COUNT requests in all, for PATH/1, PATH/2 and so on, none of which is pending when wrk ends. Arguments: PATH
-- COUNT. At the end it prints the count and the latency's median, 95th and 99th percentile in microseconds.
local path, left, n = "/", 0, 0

function init(args)
    path, left = args[1], tonumber(args[2])
end

function request()
    n = n + 1
    return wrk.format("GET", path .. "/" .. n)
end

-- Called before a connection writes: milliseconds to wait. A request that comes at once may find nginx still in the iteration of its event
-- loop that sent the response before, and gets the time at which that iteration began.
function delay()
    left = left - 1
    return left < 0 and 3600000 or 1
end

function done(summary, latency)
    io.write(string.format("wrk %d %d %d %d\n", summary.requests, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
