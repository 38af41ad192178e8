// node poll.mjs URL KEY: tells what changes between two looks at the system status.
const [url, key] = process.argv.slice(2);
let before;
for (;;) {
  const answer = await fetch(`${url}/v2/monitoring/system-status?includeIncidents=true`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const now = await answer.json();
  const ids = new Set(now.incidents.map((incident) => incident.id));
  if (!before) {
    for (const service of now.services) {
      console.log(`${service.name}: ${service.status}, ${service.uptime.toFixed(1)} %`);
    }
    console.log('watching');
  } else {
    if (before.overallStatus !== now.overallStatus) console.log(`now ${now.overallStatus}`);
    for (const id of ids) if (!before.ids.has(id)) console.log(`new ${id}`);
  }
  before = { overallStatus: now.overallStatus, ids };
  await new Promise((resolve) => setTimeout(resolve, 200));
}
