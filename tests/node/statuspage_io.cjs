// node statuspage_io.cjs URL: what the published client `statuspage.io` makes of us.
const { Statuspage } = require('statuspage.io');

const client = new Statuspage('any');
client.setApiUrl(process.argv[2]);

(async () => {
  const { api } = client;
  console.log(JSON.stringify({
    status: await api.getStatus(),
    components: await api.getComponents(),
    summary: await api.getSummary(),
    incidents: await api.incidents.getAll(),
    unresolved: await api.incidents.getUnresolved(),
    maintenances: await api.scheduledMaintenances.getAll(),
    upcoming: await api.scheduledMaintenances.getUpcoming(),
  }));
})();
