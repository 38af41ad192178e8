#!/usr/bin/env bash
# poll.sh URL KEY: tells what changes between two looks at the system status.
set -euo pipefail
url=$1 key=$2 before="" known=""
while true; do
  status=$(curl -sf -H "Authorization: Bearer $key" "$url/v2/monitoring/system-status?includeIncidents=true")
  overall=$(grep -o '"overallStatus":"[a-z_]*"' <<< "$status" | cut -d'"' -f4)
  ids=$(grep -o '"INC-[0-9-]*"' <<< "$status" | tr -d '"' | sort -u || true)
  if [ -z "$before" ]; then
    grep -o '"name":"[^"]*","status":"[a-z_]*","uptime":[0-9.]*' <<< "$status" |
      while IFS='"' read -r _ _ _ name _ _ _ word _ _ uptime; do
        LC_ALL=C printf '%s: %s, %.1f %%\n' "$name" "$word" "${uptime#:}"
      done
    echo watching
  else
    [ "$before" = "$overall" ] || echo "now $overall"
    comm -13 <(echo "$known") <(echo "$ids") | sed '/^$/d; s/^/new /'
  fi
  before=$overall known=$ids
  sleep 0.2
done
