-- For wrk with one thread. Each connection writes DEPTH requests at a time, BATCHES times, and then stops: no request is pending when
-- wrk ends. Arguments: DEPTH BATCHES.
local requests, batches

function init(args)
    local each = {}
    for i = 1, tonumber(args[1]) do
        each[i] = wrk.format("GET", "/index.html?" .. i)
    end
    requests = table.concat(each)
    batches = tonumber(args[2])
end

function request()
    return requests
end

-- Called when a connection has had all its answers, before it writes again: milliseconds to wait.
function delay()
    batches = batches - 1
    return batches < 0 and 3600000 or 0
end
