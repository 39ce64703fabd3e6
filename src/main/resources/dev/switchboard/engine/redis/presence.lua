-- Begins the scripts of presence. KEYS[1] has a field for each client: node, a space, 1 if its
-- join was announced or 0, a space, and the bytes of its info. KEYS[2] has a field for each node:
-- when its clients expire in ms, a space, their number, a space, and the generation of Redis in
-- which the node last compared its clients with these.

-- Returns node, flag and bytes; nil if there is no entry, or something else in its place.
local function parts(entry)
    local space = entry and string.find(entry, ' ', 1, true)
    if space then
        return string.sub(entry, 1, space - 1), string.sub(entry, space + 1, space + 1), string.sub(entry, space + 3)
    end
end

-- Returns expiry and number of clients of a node, and its generation; nil if it has none.
local function share(node)
    local field = redis.call('HGET', KEYS[2], node)
    if field then
        local expiry, count, compared = string.match(field, '^(%d+) (%d+) (.*)$')
        return tonumber(expiry), tonumber(count), compared
    end
end

local function setShare(node, expiry, count, compared)
    if count > 0 then
        redis.call('HSET', KEYS[2], node, string.format('%.0f %d %s', expiry, count, compared))
    else
        redis.call('HDEL', KEYS[2], node)
    end
end

local function expireBoth(life)
    redis.call('PEXPIRE', KEYS[1], life)
    redis.call('PEXPIRE', KEYS[2], life)
end
