-- ARGV: 3 client, 4 channel of Redis, 5 command that announces, 6 is 1 to announce its leave if its
-- join was announced, and no leave since.
-- Returns 0 if the client is not present any more, although other nodes have clients here, else 1.

local owner, flag, info = parts(redis.call('HGET', KEYS[1], ARGV[3]))
if owner then
    redis.call('HDEL', KEYS[1], ARGV[3])
    local expiry, count, compared = share(owner)
    if expiry then
        setShare(owner, expiry, count - 1, compared)
    end
    if ARGV[6] == '1' and flag == '1' then
        redis.call(ARGV[5], ARGV[4], 'l' .. info)
    end
    return 1
end
return #redis.call('HGETALL', KEYS[2]) > 0 and 0 or 1
