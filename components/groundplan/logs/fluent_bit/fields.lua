-- The fields of a line. Fluent Bit calls `fields` for each record (filter `lua`).
--
-- `team`, `namespace`, `pod` and the like are what Kubernetes says, never what the
-- line itself says: a container can write any JSON, and stays in its own team. What it
-- writes is under `data`.

local MESSAGES = { "message", "msg", "event" }
local LEVELS = { "level", "levelname", "severity" }

local function first(values, keys)
  for _, key in ipairs(keys) do
    local value = values[key]
    if type(value) == "string" and value ~= "" then
      return value
    end
  end
  return nil
end

local function mapping(value)
  if type(value) == "table" then
    return value
  end
  return {}
end

local function endpoint_of(labels)
  local track = labels["app.kubernetes.io/component"]
  if track == "stable" or track == "canary" then
    return labels["app.kubernetes.io/name"], track
  end
  return labels["serving.kserve.io/inferenceservice"], nil
end

function fields(tag, timestamp, record)
  local pod = mapping(record["kubernetes"])
  local labels = mapping(pod["labels"])
  local annotations = mapping(pod["annotations"])
  local data = mapping(record["data"])
  local endpoint, track = endpoint_of(labels)
  local level = first(data, LEVELS)
  local line = {
    environment = ENVIRONMENT,
    team = TEAMS[pod["namespace_name"]] or PLATFORM,
    namespace = pod["namespace_name"],
    pod = pod["pod_name"],
    container = pod["container_name"],
    node = pod["host"],
    stream = record["stream"],
    job = labels["batch.kubernetes.io/job-name"],
    run = annotations["groundplan/run-id"],
    endpoint = endpoint,
    track = track,
    model_version = annotations["groundplan/model-version"],
    level = level and string.lower(level),
    message = first(data, MESSAGES) or record["log"],
  }
  if next(data) ~= nil then
    line["data"] = data
  end
  -- 2: the record is changed, its time is not.
  return 2, timestamp, line
end
