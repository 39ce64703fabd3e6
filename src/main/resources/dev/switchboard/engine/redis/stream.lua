-- Begins the scripts of streams. KEYS[1] is the meta of a stream, KEYS[2] its publications.
-- The meta: e epoch, o offset, g generation, v version and w its series, x when the publications
-- expire at the latest. A publication: its bytes, and when it expires.

local MONTH = 30 * 86400000 -- in ms

-- Numbers beyond 10^14 would become 1e+14.
local function text(offset)
    return string.format('%.0f', offset)
end

-- Returns the id of the oldest publication that has not expired; nil if there is none.
local function oldest(now)
    local from, count = '-', 1
    while true do
        local page = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', count)
        for _, entry in ipairs(page) do
            if tonumber(entry[2][4]) > now then
                return entry[1]
            end
        end
        if #page < count then
            return nil
        end
        from, count = '(' .. page[#page][1], 100
    end
end
