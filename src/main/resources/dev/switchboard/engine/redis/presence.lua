-- Begins the scripts of presence. KEYS[1] has a field for each client: node, a space, 1 if its
-- join was announced or 0, a space, and the bytes of its info. KEYS[2] has a field for each node:
-- when its clients expire in ms, a space, and their number; and 'generation'.

-- Returns node, flag and bytes; nil if there is no entry, or something else in its place.
local function parts(entry)
    local space = entry and string.find(entry, ' ', 1, true)
    if space then
        return string.sub(entry, 1, space - 1), string.sub(entry, space + 1, space + 1), string.sub(entry, space + 3)
    end
end

-- Returns expiry and number of clients of a node; nil if it has none.
local function share(node)
    local field = redis.call('HGET', KEYS[2], node)
    if field then
        local expiry, count = string.match(field, '^(%d+) (%d+)$')
        return tonumber(expiry), tonumber(count)
    end
end

local function setShare(node, expiry, count)
    if count > 0 then
        redis.call('HSET', KEYS[2], node, string.format('%.0f %d', expiry, count))
    else
        redis.call('HDEL', KEYS[2], node)
    end
end

-- Forgets what an earlier generation of Redis knew.
local function forgetEarlier(generation)
    if redis.call('HGET', KEYS[2], 'generation') ~= generation then
        redis.call('DEL', KEYS[1], KEYS[2])
        redis.call('HSET', KEYS[2], 'generation', generation)
    end
end

local function expireBoth(life)
    redis.call('PEXPIRE', KEYS[1], life)
    redis.call('PEXPIRE', KEYS[2], life)
end
