/** Answers of a real Prometheus 3.5, through the API server's proxy of Kubernetes 1.34.2, and what becomes of them. */
import t, { type Test } from 'tap';
import type { ApiRequest, ApiResponse } from '../api-request.js';
import { Docker } from '../docker.js';
import { StandIns } from '../stand-in.js';
import { KindMetrics } from './metrics.js';

const VECTOR = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"node_network_receive_bytes_total","device":"eth0","instance":"172.30.0.3:9100","job":"node-exporter","node":"wt-worker"},"value":[1795376721.931,"710315"]},{"metric":{"__name__":"node_network_receive_bytes_total","device":"eth0","instance":"172.30.0.2:9100","job":"node-exporter","node":"wt-control-plane"},"value":[1795376721.931,"520074"]}]}}`;
const RATE = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"device":"eth0","instance":"172.30.0.3:9100","job":"node-exporter","node":"wt-worker"},"value":[1795376723.049,"3024.90416"]}]}}`;
const SCALAR = `{"status":"success","data":{"resultType":"scalar","result":[1795376723.541,"3"]}}`;
const NAN = `{"status":"success","data":{"resultType":"scalar","result":[1795376724.234,"NaN"]}}`;
const INFINITE = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795376725.040,"+Inf"]}]}}`;
const MINUS_INFINITE = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795376725.334,"-Inf"]}]}}`;
const NOTHING = `{"status":"success","data":{"resultType":"vector","result":[]}}`;
const MATRIX = `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","instance":"172.30.0.2:9100","job":"node-exporter","node":"wt-control-plane"},"values":[[1795376710.708,"1"],[1795376725.708,"1"]]}]}}`;
const STRING = `{"status":"success","data":{"resultType":"string","result":[1795376728.107,"hello"]}}`;
const BAD = `{"status":"error","errorType":"bad_data","error":"invalid parameter \\"query\\": 1:4: parse error: unexpected end of input inside braces"}`;
const NO_ENDPOINTS = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no endpoints available for service \\"prometheus:9090\\"","reason":"ServiceUnavailable","code":503}`;

const REFUSED = 'echo "curl: (7) Failed to connect to 10.244.0.4 port 9090: Connection refused" >&2; exit 7';

function metrics(test: Test, request: (request: ApiRequest) => Promise<ApiResponse>, docker = REFUSED) {
  const standIns = new StandIns(test.testdir(), { docker });
  const place = { container: 'wt-control-plane', podIp: '10.244.0.4' };
  return { metrics: new KindMetrics({ request, docker: new Docker(), place }), standIns };
}

const answering =
  (text: string, status = 200) =>
  async () => ({ status, body: JSON.parse(text) as unknown });
const printing = (text: string, status = 200) => `cat <<'END'\n${text}\n${status}\nEND`;

t.test('series have their labels and numbers, a scalar has no labels', async (t) => {
  const ask = async (text: string) => metrics(t, answering(text)).metrics.query('up');
  const labels = { device: 'eth0', instance: '172.30.0.3:9100', job: 'node-exporter', node: 'wt-worker' };
  const named = { ...labels, __name__: 'node_network_receive_bytes_total' };
  t.match(await ask(VECTOR), { ok: true, samples: [{ labels: named, value: 710315 }, { value: 520074 }] });
  t.strictSame(await ask(RATE), { ok: true, samples: [{ labels, value: 3024.90416 }] });
  t.strictSame(await ask(SCALAR), { ok: true, samples: [{ labels: {}, value: 3 }] });
  t.strictSame(await ask(NOTHING), { ok: true, samples: [] });
  t.strictSame(await ask(INFINITE), { ok: true, samples: [{ labels: {}, value: Number.POSITIVE_INFINITY }] });
  t.strictSame(await ask(MINUS_INFINITE), { ok: true, samples: [{ labels: {}, value: Number.NEGATIVE_INFINITY }] });
  const none = await ask(NAN);
  t.ok(none.ok && Number.isNaN(none.samples[0]?.value), 'NaN is a value');
});

t.test('what is no number for each series is an error in words', async (t) => {
  const ask = async (text: string) => metrics(t, answering(text)).metrics.query('up');
  t.match(await ask(MATRIX), { ok: false, error: /a matrix/ });
  t.match(await ask(STRING), { ok: false, error: /is a string/ });
  t.match(await ask('{"status":"success","data":{"resultType":"tree"}}'), {
    ok: false,
    error: /not understood: .*tree/,
  });
  const histogram = NOTHING.replace('[]', '[{"metric":{"le":"a"},"histogram":[1,{"count":"1"}]}]');
  t.match(await ask(histogram), { ok: false, error: /native histogram/ });
});

t.test('the query goes through the proxy of the Service, as it is', async (t) => {
  const asked: ApiRequest[] = [];
  const request = async (one: ApiRequest) => {
    asked.push(one);
    return answering(VECTOR)();
  };
  await metrics(t, request).metrics.query('rate(a{device="eth0"}[1m])*8 + on(node) b');
  const path = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query=';
  t.strictSame(asked, [
    { method: 'GET', path: `${path}rate(a%7Bdevice%3D%22eth0%22%7D%5B1m%5D)*8%20%2B%20on(node)%20b` },
  ]);
});

t.test("Prometheus's own errors are answers, whatever the status: nobody else is asked", async (t) => {
  for (const status of [400, 422, 503]) {
    const { metrics: asked, standIns } = metrics(t, answering(BAD, status));
    t.strictSame(await asked.query('up{'), {
      ok: false,
      error: 'bad_data: invalid parameter "query": 1:4: parse error: unexpected end of input inside braces',
    });
    t.same(standIns.calls('docker'), []);
  }
});

t.test('where the proxy does not answer, the node is asked', async (t) => {
  const cut = async () => Promise.reject(new Error('no answer from https://127.0.0.1:1 within 5 s'));
  for (const request of [cut, answering(NO_ENDPOINTS, 503), answering('{"message":"Service Unavailable"}', 503)]) {
    const { metrics: asked, standIns } = metrics(t, request, printing(SCALAR));
    t.match(await asked.query('sum(up)'), { ok: true, samples: [{ value: 3 }] });
    const [call] = standIns.calls('docker');
    t.match(call?.text, /^exec wt-control-plane curl .*http:\/\/10\.244\.0\.4:9090\/api\/v1\/query\?query=sum\(up\)$/);
  }
  t.match(await metrics(t, cut, printing(BAD, 400)).metrics.query('up{'), { ok: false, error: /^bad_data: / });
});

t.test('where neither answers, both reasons are told', async (t) => {
  t.match(await metrics(t, answering(NO_ENDPOINTS, 503)).metrics.query('up'), {
    ok: false,
    error: /proxy: 503 no endpoints available for service.*; through wt-control-plane: curl: \(7\) Failed to connect/,
  });
  t.match(await metrics(t, answering(NO_ENDPOINTS, 503), printing('', 404)).metrics.query('up'), {
    ok: false,
    error: /through wt-control-plane: 404$/,
  });
});
