-- Keeps the clients of a node for a while, removes those of nodes that are dead, and announces
-- their leaves.
-- ARGV: 3 node, 4 number of its clients, 5 time to live in ms, 6 channel of Redis, 7 command that
-- announces.
-- Returns 1 if the node has so many clients here, else the ids of its clients. Returns the ids also
-- if Redis may have gone back since the last comparison: then the number can be right by chance.

local generation = generation()
if not generation then
    return HIDDEN
end
local now, node, life = clock(), ARGV[3], tonumber(ARGV[5])
local dead = {}
local nodes = redis.call('HGETALL', KEYS[2])
for i = 1, #nodes, 2 do
    local expiry = nodes[i] ~= node and string.match(nodes[i + 1], '^%d+')
    if expiry and tonumber(expiry) <= now then
        dead[nodes[i]] = true
    end
end
if next(dead) then
    local entries = redis.call('HGETALL', KEYS[1])
    for i = 1, #entries, 2 do
        local owner, flag, info = parts(entries[i + 1])
        if owner and dead[owner] then
            redis.call('HDEL', KEYS[1], entries[i])
            if flag == '1' then
                redis.call(ARGV[7], ARGV[6], 'l' .. info)
            end
        end
    end
    for each in pairs(dead) do
        redis.call('HDEL', KEYS[2], each)
    end
end

local _, count, compared = share(node)
if compared == generation and count == tonumber(ARGV[4]) then
    setShare(node, now + life, count, generation)
    expireBoth(life)
    return 1
end
local clients = {}
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
    if parts(entries[i + 1]) == node then
        clients[#clients + 1] = entries[i]
    end
end
setShare(node, now + life, #clients, generation)
expireBoth(life)
return clients
