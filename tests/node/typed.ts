// node typed.js URL KEY: reads and writes through types that were generated from our document.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

async function main(): Promise<void> {
  const system = await client.GET("/v2/monitoring/system-status", {
    params: { query: { services: ["api"], includeMetrics: true } },
  });
  const service: components["schemas"]["SystemService"] = system.data!.services[0]!;
  const total: number = system.data!.metrics!.apiRequests.total;

  const group = await client.POST("/api/v1/status/groups", { body: { name: `Typed ${process.pid}` } });
  const id: number = group.data!.id;
  const refused = await client.POST("/api/v1/status/groups", { body: { name: "" } });
  const problem: components["schemas"]["Problem"] = refused.error!;
  const gone = await client.DELETE("/api/v1/status/groups/{id}", { params: { path: { id } } });

  // @ts-expect-error There is no such address.
  void (() => client.GET("/api/v1/status/nothing"));
  // @ts-expect-error A severity is one of the words, and nothing else.
  const wrong: components["schemas"]["IncidentBody"]["severity"] = "dreadful";
  void wrong;

  console.log(JSON.stringify({
    uptime: service.uptime.toFixed(1),
    total,
    field: problem.errors![0]!.field,
    gone: gone.response.status,
  }));
}

void main();
