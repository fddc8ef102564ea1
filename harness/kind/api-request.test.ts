/** The two ways to an API server, and which of them is taken. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { type ApiRequest, type ApiResponse, eitherWay, fromHere, fromInside, prepareInside } from './api-request.js';
import { Docker } from './docker.js';
import { StandIns } from './stand-in.js';

const GET: ApiRequest = { method: 'GET', path: '/api/v1/nodes?limit=1' };
const BASE64 = { cert: Buffer.from('CERTIFICATE').toString('base64'), key: Buffer.from('SECRET').toString('base64') };

/** Nothing listens on port 1. */
const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: lab, user: admin}}]
clusters: [{name: lab, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: admin, user: {client-certificate-data: ${BASE64.cert}, client-key-data: ${BASE64.key}}}]
`;

t.test('from inside while it does not go from here, and from here again after a while', async (t) => {
  let time = 1_000_000;
  let cut = false;
  const ways: string[] = [];
  const answer = (way: string): ApiResponse => {
    ways.push(way);
    return { status: 200, body: way };
  };
  const here = async () => {
    if (!cut) return answer('here');
    ways.push('cut');
    throw new Error('no route to host');
  };
  const request = eitherWay(
    here,
    async () => answer('inside'),
    () => time,
  );
  const taken = async () => {
    ways.length = 0;
    await request(GET);
    return ways.join();
  };
  t.equal(await taken(), 'here');
  cut = true;
  t.equal(await taken(), 'cut,inside');
  time += 14_999;
  t.equal(await taken(), 'inside', 'without another try');
  time += 1;
  t.equal(await taken(), 'cut,inside');
  cut = false;
  t.equal(await taken(), 'inside');
  time += 15_000;
  t.equal(await taken(), 'here');
  t.equal(await taken(), 'here');
});

t.test('what would be refused, or done twice, where only its answer was lost is asked once, from inside', async (t) => {
  const ways: string[] = [];
  const by = (way: string) => async (): Promise<ApiResponse> => {
    ways.push(way);
    return { status: 200, body: {} };
  };
  const request = eitherWay(by('here'), by('inside'));
  const taken = async (more: Partial<ApiRequest>) => {
    await request({ ...GET, ...more });
    return ways.splice(0).join();
  };
  t.equal(await taken({ method: 'DELETE' }), 'inside');
  t.equal(await taken({ method: 'POST' }), 'inside');
  t.equal(await taken({ method: 'PATCH', contentType: 'application/json-patch+json' }), 'inside');
  for (const contentType of ['application/apply-patch+yaml', 'application/merge-patch+json'])
    t.equal(await taken({ method: 'PATCH', contentType }), 'here');
  t.equal(await taken({}), 'here');
});

t.test(
  'from inside: curl in the container, a body by its input, the status and the body from its output',
  async (t) => {
    const answer = String.raw`printf '{"kind":"Status",\n"message":"no"}\n409'`;
    const standIns = new StandIns(t.testdir(), { docker: `cat >sent; ${answer}` });
    const request = fromInside(new Docker(), 'lab-control-plane');
    t.strictSame(await request(GET), { status: 409, body: { kind: 'Status', message: 'no' } });
    t.equal(readFileSync(standIns.file('sent'), 'utf8'), '');
    await request({ method: 'PATCH', path: '/api/v1/nodes/a', body: { a: "it's" }, contentType: 'application/x' });
    t.equal(readFileSync(standIns.file('sent'), 'utf8'), '{"a":"it\'s"}');
    const [get, patch] = standIns.calls('docker');
    t.match(
      get?.text,
      /^exec lab-control-plane curl .*--request GET .* https:\/\/127\.0\.0\.1:6443\/api\/v1\/nodes\?limit=1$/,
    );
    t.match(patch?.text, /^exec -i lab-control-plane curl .*--request PATCH .*--header content-type: application\/x /);
  },
);

t.test('from inside: what is no JSON is a message, and a curl that fails is told in its words', async (t) => {
  const script = String.raw`case "$*" in *healthz*) printf 'ok\n200' ;; *) echo 'curl: (7) refused' >&2; exit 7 ;; esac`;
  new StandIns(t.testdir(), { docker: script });
  const request = fromInside(new Docker(), 'lab-control-plane');
  t.strictSame(await request({ method: 'GET', path: '/healthz' }), { status: 200, body: { message: 'ok' } });
  await t.rejects(request(GET), { message: 'curl in lab-control-plane: curl: (7) refused' });
});

t.test("the administrator's key goes into a container by the input, never among the arguments", async (t) => {
  const standIns = new StandIns(t.testdir(), {
    docker: 'cat >sent; [ "$3" != gone ] || { echo No such container >&2; exit 1; }',
  });
  writeFileSync(standIns.file('kubeconfig'), KUBECONFIG);
  await prepareInside(new Docker(), 'lab-control-plane', standIns.file('kubeconfig'));
  t.equal(readFileSync(standIns.file('sent'), 'utf8'), 'CERTIFICATE\nSECRET');
  const [call] = standIns.calls('docker');
  t.notMatch(call?.text, /SECRET/);
  t.match(call?.text, /umask 077/);
  const gone = prepareInside(new Docker(), 'gone', standIns.file('kubeconfig'));
  await t.rejects(gone, { message: 'gone: No such container' });
});

t.test('from here: a server that is not reached rejects', async (t) => {
  const standIns = new StandIns(t.testdir(), {});
  writeFileSync(standIns.file('kubeconfig'), KUBECONFIG.replace(/, user: \{client.*\}\}\]/, ', user: {}}]'));
  await t.rejects(fromHere(standIns.file('kubeconfig'))(GET), { code: 'ECONNREFUSED' });
});
