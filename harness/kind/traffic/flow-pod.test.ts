/** Flows that end in pods: ephemeral containers, and what becomes of those that start late or cannot be ended. */
import t from 'tap';
import { SECOND } from '../../../src/base/instant.js';
import type { ApiRequest } from '../api-request.js';
import { Daemon, FROM_W1, podApi, WITHIN } from './flow-stand-in.js';

const TO_POD = { ...FROM_W1, to: { kind: 'pod', pod: 'web', namespace: 'default' } } as const;

t.test('an end in a pod is an ephemeral container, whose process is ended on its node', async (t) => {
  const daemon = new Daemon();
  const { asked, request } = podApi();
  const traffic = daemon.traffic({ request });
  const to = { kind: 'pod', pod: 'web', namespace: 'default' } as const;
  t.match(await traffic.start({ ...FROM_W1, to }, WITHIN), {
    ok: true,
    text: /from w1 to pod default\/web, by w1's eth0/,
  });
  const patch = asked.find(({ method }) => method === 'PATCH');
  t.equal(patch?.path, '/api/v1/namespaces/default/pods/web/ephemeralcontainers');
  t.match(JSON.stringify(patch?.body), /"image":"my\/iperf3:1".*"command":\["iperf3","--server","--one-off","--port"/);
  await traffic.close();
  t.match(daemon.matching(/tasks kill/), [/^exec lab-control-plane ctr .* kill --signal SIGKILL c0$/]);
});

t.test('a pod that is not there, or that cannot have the image, is told', async (t) => {
  const to = (pod: string) => ({ ...FROM_W1, to: { kind: 'pod', pod, namespace: 'default' } as const });
  const gone = new Daemon().traffic({ request: podApi().request });
  t.match(await gone.start(to('nix'), WITHIN), { ok: false, error: 'backup: pod default/nix: pods "nix" not found' });
  const waiting = { reason: 'ErrImagePull', message: 'no such host' };
  const lacking = new Daemon().traffic({ request: podApi(waiting).request });
  t.match(await lacking.start(to('web'), WITHIN), {
    ok: false,
    error: /pod default\/web: ErrImagePull: no such host; .* may start later; it goes with its pod$/,
  });
});

t.test('a container of a pod that starts after the wait was over is ended', async (t) => {
  const daemon = new Daemon();
  const { request, statuses } = podApi({ reason: 'ContainerCreating' });
  daemon.onSleep = (nowMs) => {
    // The wait is 10 s.
    for (const status of statuses) if (nowMs > 12_000) status.state = { running: {} };
  };
  const answer = await daemon.traffic({ request }).start(TO_POD, 10 * SECOND);
  t.match(answer, { ok: false, error: /windtunnel-flow-\w+ does not run: ContainerCreating$/ });
  t.equal(daemon.matching(/tasks kill/).length, 1);
});

t.test('a client that cannot be ended in a pod is told at close, and keeps no server', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic({ request: podApi().request });
  daemon.onSleep = (nowMs) => nowMs > 2000 && daemon.alive.add('in the pod');
  const answer = await traffic.start({ ...FROM_W1, from: TO_POD.to }, WITHIN);
  t.match(answer, { ok: true, text: /from pod default\/web to outside, by cp's eth0/ });
  daemon.kills = false;
  await t.rejects(traffic.close(), { message: /^pod default\/web: windtunnel-flow-\w+ runs still: no answer to exec/ });
  t.same([...daemon.alive], ['in the pod']);
});

t.test('a server in the host network of a pod passes over the ports of its node', async (t) => {
  const daemon = new Daemon();
  daemon.taken = [27000];
  const { asked, request, statuses } = podApi();
  const onHost = async (call: ApiRequest) => {
    const { status, body } = await request(call);
    const started = statuses.at(-1);
    if (started && daemon.servers.size === 0) daemon.servers.set(started.name, 27001);
    return { status, body: { ...body, spec: { ...(body as { spec?: object }).spec, hostNetwork: true } } };
  };
  const traffic = daemon.traffic({ request: onHost });
  t.equal((await traffic.start(TO_POD, WITHIN)).ok, true);
  t.match(
    JSON.stringify(asked.find(({ method }) => method === 'PATCH')?.body),
    /"--bind","10.244.1.2","--port","27001"/,
  );
  await traffic.close();
});
