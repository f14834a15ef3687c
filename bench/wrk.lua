-- Sends the requests of a file in turn, at most so many, and prints what came of them as one line of JSON.
-- The file: method, body, then one path a line.

local prepared = {}
local sent = 0
local most

function init(arguments)
  local lines = {}
  for line in io.lines(arguments[1]) do
    table.insert(lines, line)
  end
  most = tonumber(arguments[2])
  local method, body = lines[1], lines[2]
  if body == "" then
    body = nil
  end
  for number = 3, #lines do
    table.insert(prepared, wrk.format(method, lines[number], nil, body))
  end
end

function request()
  sent = sent + 1
  if sent >= most then
    wrk.thread:stop()
  end
  return prepared[1 + sent % #prepared]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "failed": %d}\n',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
