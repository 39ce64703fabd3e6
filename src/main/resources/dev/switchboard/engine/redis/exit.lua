-- ARGV: 3 client.

local owner = parts(redis.call('HGET', KEYS[1], ARGV[3]))
if owner then
    redis.call('HDEL', KEYS[1], ARGV[3])
    local expiry, count = share(owner)
    if expiry then
        setShare(owner, expiry, count - 1)
    end
end
return 1
