-- Returns the bytes of the info of each client that is present.

local alive = {}
local now = clock()
local nodes = redis.call('HGETALL', KEYS[2])
for i = 1, #nodes, 2 do
    alive[nodes[i]] = tonumber(string.match(nodes[i + 1], '^%d+') or 0) > now
end
local infos = {}
local entries = redis.call('HGETALL', KEYS[1])
for i = 1, #entries, 2 do
    local owner, _, info = parts(entries[i + 1])
    if owner and alive[owner] then
        infos[#infos + 1] = info
    end
end
return infos
