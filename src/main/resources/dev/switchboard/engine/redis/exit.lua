-- ARGV: 3 node, 4 client, 5 channel of Redis, 6 command that announces, 7 is 1 to announce its leave
-- if its join was announced, and no leave since.
-- Returns 0 if the client is not present any more, although other nodes have clients here, else 1.

local owner, flag, info = parts(redis.call('HGET', KEYS[1], ARGV[4]))
if owner then
    redis.call('HDEL', KEYS[1], ARGV[4])
    local expiry, count, compared = share(owner)
    if expiry then
        setShare(owner, expiry, count - 1, compared)
    end
    if ARGV[7] == '1' and flag == '1' then
        redis.call(ARGV[6], ARGV[5], 'l' .. info)
    end
    return 1
end
local nodes = redis.call('HGETALL', KEYS[2])
for i = 1, #nodes, 2 do
    if nodes[i] ~= ARGV[3] then
        return 0
    end
end
return 1
