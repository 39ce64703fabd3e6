-- ARGV: 3 node, 4 client, 5 bytes of its info, 6 is 1 if its join was announced, 7 time to live in
-- ms, 8 channel of Redis, 9 command that announces, 10 join to announce if the client is new; empty
-- for none.

local generation = generation()
if not generation then
    return HIDDEN
end
local node, client, announced, life = ARGV[3], ARGV[4], ARGV[6], tonumber(ARGV[7])
local owner, flag = parts(redis.call('HGET', KEYS[1], client))
if flag == '1' then
    announced = '1'
end
redis.call('HSET', KEYS[1], client, node .. ' ' .. announced .. ' ' .. ARGV[5])
if owner and owner ~= node then
    local expiry, count, compared = share(owner)
    if expiry then
        setShare(owner, expiry, count - 1, compared)
    end
end
local _, count, compared = share(node)
setShare(node, clock() + life, (count or 0) + (owner == node and 0 or 1), compared or generation)
expireBoth(life)
if not owner and ARGV[10] ~= '' then
    redis.call(ARGV[9], ARGV[8], ARGV[10])
end
return 1
